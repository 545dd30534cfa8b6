// npm must not fail where Puppeteer's download is blocked: bench/browser.js finds or installs a browser instead.
module.exports = { skipDownload: true };
