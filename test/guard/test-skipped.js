import { suite } from '../harness.js';

const test = suite('a suite with a skip too many');
test('passes', () => {});
test.skip('is skipped', 'where none may be');
test.run(2);
