import { suite } from '../harness.js';

const test = suite('a failing test');
test('passes', () => {});
test('fails', () => {
  throw new Error('test');
});
test.run(2);
