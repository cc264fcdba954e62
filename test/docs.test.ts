import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { STILTED } from './plainEnglish';

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const PAGES = [
	'README.md',
	'CONTRIBUTING.md',
	'SECURITY.md',
	'CHANGELOG.md',
	...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith('.md'))
		.map((path) => `docs/${path}`),
];

/** The page without its code blocks. */
const proseOf = (page: string) => read(page).replace(/^ *```[^]*?^ *```/gm, '');

/** Returns the anchors that GitHub derives from the headings of a page. */
function anchorsOf(page: string): string[] {
	return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.trim()
			.replace(/\s/g, '-'),
	);
}

function brokenLinksOf(page: string): string[] {
	const links = [...proseOf(page).matchAll(/(?:\]\(|(?:src|srcset)=")(?!https?:)([^)"\s]+)/g)];
	return links
		.map(([, link = '']) => link)
		.filter((link) => {
			const [path = '', anchor] = link.split('#');
			const target = path === '' ? page : join(dirname(page), path);
			if (!existsSync(join(ROOT, target))) return true;
			return anchor !== undefined && !anchorsOf(target).includes(anchor);
		});
}

const ROOMS = [
	'ledger',
	'payments',
	'stripe',
	'nodes',
	'credentials',
	'commands',
	'test',
	'examples',
	'docs',
];

/** Finds paths in `code` spans that do not exist in the project. */
function missingPathsOf(page: string): string[] {
	const named = [...proseOf(page).matchAll(new RegExp(`\`((?:${ROOMS.join('|')})/[^\`\\s*]*)\``, 'g'))];
	return named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)));
}

const SOURCES = ROOMS.flatMap((room) =>
	readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((path) => `/${room}/${path}`),
);

/** Finds TypeScript files in `code` spans, named with a part of their path or none, that no folder has. */
function missingSourcesOf(page: string): string[] {
	const named = [...proseOf(page).matchAll(/`([\w/.-]*\w\.ts)`/g)].map(([, path = '']) => path);
	return named.filter(
		(path) => !path.startsWith('.') && !SOURCES.some((file) => file.endsWith(`/${path}`)),
	);
}

/** Also matches abbreviated commands in tables: `npm test`, `npm run demo -- …`. */
function missingScriptsOf(page: string): string[] {
	const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
	const named = [...read(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
	return named.filter((name) => !(name in scripts));
}

describe.each(PAGES)('%s', (page) => {
	it('has no broken link', () => {
		expect(brokenLinksOf(page)).toEqual([]);
	});

	it('names only files, folders and scripts that exist', () => {
		const missing = [missingPathsOf(page), missingSourcesOf(page), missingScriptsOf(page)];
		expect(missing.flat()).toEqual([]);
	});
});

it.each(PAGES.filter((page) => page !== 'CONTRIBUTING.md'))('%s is written in plain English', (page) => {
	expect(
		proseOf(page)
			.replace(/`[^`]*`/g, '')
			.match(STILTED) ?? [],
	).toEqual([]);
});

it('the README has at most 1,600 words', () => {
	expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(1600);
});

it('the CHANGELOG has each section once per version', () => {
	for (const version of read('CHANGELOG.md').split(/^## /m)) {
		const sections = version.match(/^### .*$/gm) ?? [];
		expect(sections).toEqual([...new Set(sections)]);
	}
});

it('the index of docs/ links every page, and that of decisions links every decision', () => {
	const pages = (folder: string) =>
		readdirSync(join(ROOT, folder)).filter((path) => path.endsWith('.md') && path !== 'README.md');
	for (const folder of ['docs', 'docs/decisions']) {
		const index = read(`${folder}/README.md`);
		expect(pages(folder).filter((path) => !index.includes(`(${path})`))).toEqual([]);
	}
});
