import { suite } from '../harness.js';

const test = suite('an after hook that throws');
test.after(() => {
  throw new Error('after');
});
test('passes', () => {});
test.run(1);
