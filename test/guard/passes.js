import { suite } from '../harness.js';

const test = suite('a healthy suite');
test('passes', () => {});
test.skip('is skipped', 'to be counted');
test.run(2, [1]);
