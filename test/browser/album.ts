import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Locator, Page } from 'playwright-core';

import type { Looks } from './forTests';
import type { Box } from './page';

const DOCS = join(__dirname, '..', '..', 'docs', 'images');

/** The pictures that the documentation shows, and the looks that each of them has there. */
const SHOWN: Record<string, { width: number; themes: string[] }> = {
	workflow: { width: 1440, themes: ['light', 'dark'] },
	node: { width: 1440, themes: ['light'] },
	hint: { width: 1440, themes: ['light'] },
	ledger: { width: 1440, themes: ['light'] },
	'dead-letters': { width: 1440, themes: ['light', 'dark'] },
	'ledger-page': { width: 1440, themes: ['light', 'dark'] },
	'ledger-page-found': { width: 1440, themes: ['light', 'dark'] },
};

/** A page loads slowly what is larger, in bytes. */
const LARGEST = 450_000;

/** What comes and goes by itself. */
const PASSING = '.el-notification { display: none !important; }';

const PAINTED = { animations: 'disabled', caret: 'hide', style: PASSING } as const;

/** Where pictures are put: all of them into a temporary folder, or with PICTURES=docs the few that are shown. */
export class Album {
	/** Whether only the few are asked for. */
	static readonly isForDocs = process.env.PICTURES === 'docs';
	private readonly folder = Album.isForDocs ? DOCS : mkdtempSync(join(tmpdir(), 'pictures-'));

	/** Of a part of the page, or of a place in it. */
	async keep(name: string, { width, theme }: Looks, page: Page, part?: Locator | Box): Promise<void> {
		const shown = new Map(Object.entries(SHOWN)).get(name);
		if (Album.isForDocs && !(shown?.width === width && shown?.themes.includes(theme!))) return;
		// Icons come one by one.
		await page.waitForLoadState('networkidle');
		const picture = !part
			? await page.screenshot(PAINTED)
			: 'x' in part
				? await page.screenshot({ ...PAINTED, clip: part })
				: await part.screenshot(PAINTED);
		const file = Album.isForDocs
			? `${name}${theme === 'dark' ? '.dark' : ''}.png`
			: `${name}.${width}.${theme}.png`;
		if (shown) expect(picture.length).toBeLessThan(LARGEST);
		mkdirSync(this.folder, { recursive: true });
		writeFileSync(join(this.folder, file), picture);
	}

	tell(): void {
		console.info(`The pictures are in ${this.folder}`);
	}
}
