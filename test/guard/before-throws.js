import { suite } from '../harness.js';

const test = suite('a before hook that throws');
test.before(() => {
  throw new Error('before');
});
test('is never reached', () => {});
test.run(1);
