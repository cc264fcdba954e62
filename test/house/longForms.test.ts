import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const TESTS = join(__dirname, '..');
const LONG_FORMS = join(TESTS, 'crash', 'soak.ts');

/** The files of the tests that a file loads by itself. */
function importsOf(file: string): string[] {
	const text = readFileSync(file, 'utf8');
	return [...text.matchAll(/from '(\.[^']*)'/g)]
		.map(([, path]) => join(dirname(file), `${path!.replace(/\.ts$/, '')}.ts`))
		.filter((path) => !relative(TESTS, path).startsWith('..') && known.has(path));
}

const names = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) =>
	name.endsWith('.ts'),
);
const known = new Set(names.map((name) => join(TESTS, name)));

function hasLongForm(file: string, seen = new Set<string>()): boolean {
	if (file === LONG_FORMS) return true;
	if (seen.has(file)) return false;
	seen.add(file);
	return importsOf(file).some((path) => hasLongForm(path, seen));
}

/** The test files of the soak, as its configuration names them. */
function soakedFiles(): string[] {
	const { testMatch } = jest.requireActual<{ testMatch: string[] }>('../../jest.soak.config.js');
	const isInCrash = (name: string) => /^crash[\\/][^\\/]+\.test\.ts$/.test(name);
	expect(testMatch[0]).toBe('<rootDir>/test/crash/*.test.ts');
	const named = testMatch.slice(1).map((path) => join(TESTS, path.replace('<rootDir>/test/', '')));
	return [...names.filter(isInCrash).map((name) => join(TESTS, name)), ...named];
}

const loadAs = (soak: string | undefined) => {
	let loaded: typeof import('../crash/soak') | undefined;
	jest.replaceProperty(process, 'env', { ...process.env, SOAK: soak });
	jest.isolateModules(() => (loaded = jest.requireActual<typeof import('../crash/soak')>('../crash/soak')));
	return loaded!;
};
afterEach(() => jest.restoreAllMocks());

it('every test shortened in `npm test` runs in its long form in the soak', () => {
	const shortened = [...known].filter((file) => file.endsWith('.test.ts') && hasLongForm(file));
	expect(shortened.length).toBeGreaterThan(30);
	const soaked = soakedFiles();
	expect(shortened.filter((file) => !soaked.includes(file)).map((file) => relative(TESTS, file))).toEqual(
		[],
	);
});

it('a sample of rows takes every nth row, and the soak takes every row', () => {
	const rows = Array.from({ length: 10 }, (_, row) => row);
	expect(loadAs(undefined).sampleRows(4, rows)).toEqual([0, 4, 8]);
	expect(loadAs('1').sampleRows(4, rows)).toEqual(rows);
	expect([loadAs(undefined).repeat(1, 5), loadAs('1').repeat(1, 5)]).toEqual([1, 5]);
});
