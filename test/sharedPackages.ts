/** Packages that all test files of a process can share, because no test changes them. */
const SHARED = [
	'canonicalize',
	'esbuild',
	'fast-check',
	'ioredis',
	'luxon',
	'n8n-core',
	'n8n-workflow',
	'pg',
	'reflect-metadata',
	'stripe',
];

type Sharing = typeof globalThis & { loadShared: NodeJS.Require };
const { loadShared } = globalThis as Sharing;

for (const name of SHARED) jest.mock(name, () => loadShared(name) as unknown);
