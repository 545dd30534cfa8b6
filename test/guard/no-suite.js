// A test file that has lost its suite.
