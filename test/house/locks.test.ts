import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface PackageFile {
	dependencies: Record<string, string>;
}

interface Lock {
	packages: Record<string, { version?: string }>;
}

const TESTS = join(__dirname, '..');

const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(TESTS, ...path), 'utf8'));

const LOCKED = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
	/(^|[\\/])locked$/.test(name),
);

it('every folder of separately installed packages is found', () => {
	expect(LOCKED).toHaveLength(2);
});

it.each(LOCKED)('%s: the lock file has the requested versions', (folder) => {
	const { dependencies } = read(folder, 'package.json') as PackageFile;
	const { packages } = read(folder, 'package-lock.json') as Lock;
	const locked = Object.keys(dependencies).map((name) => [name, packages[`node_modules/${name}`]?.version]);
	expect(Object.fromEntries(locked)).toEqual(dependencies);
});
