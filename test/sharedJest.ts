/** Gives files that all test files of a process share the `jest` of the one that is running. */
Object.assign(globalThis, { jest });
