import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Locator, Page } from 'playwright-core';

import type { ViewOptions } from './browserFixture';
import type { Box } from './page';

const DOCS = join(__dirname, '../../..', 'docs', 'images');

/** The pictures that the documentation shows, and the looks that each of them has there. */
const DOCS_PICTURES: Record<string, { width: number; themes: string[] }> = {
	workflow: { width: 1440, themes: ['light', 'dark'] },
	node: { width: 1440, themes: ['light'] },
	hint: { width: 1440, themes: ['light'] },
	ledger: { width: 1440, themes: ['light'] },
	'dead-letters': { width: 1440, themes: ['light', 'dark'] },
	'ledger-page': { width: 1440, themes: ['light', 'dark'] },
	'ledger-page-found': { width: 1440, themes: ['light', 'dark'] },
};

/** A page loads slowly what is larger, in bytes. */
const MAX_BYTES = 450_000;

/** What comes and goes by itself. */
const HIDE_NOTIFICATIONS = '.el-notification { display: none !important; }';

const SCREENSHOT_OPTIONS = { animations: 'disabled', caret: 'hide', style: HIDE_NOTIFICATIONS } as const;

/** Where pictures are put: all of them into a temporary folder, or with PICTURES=docs the few that are shown. */
export class Screenshots {
	/** Whether only the few are asked for. */
	static readonly isForDocs = process.env.PICTURES === 'docs';
	private readonly folder = Screenshots.isForDocs ? DOCS : mkdtempSync(join(tmpdir(), 'pictures-'));

	/** Of a part of the page, or of a place in it. */
	async take(name: string, { width, theme }: ViewOptions, page: Page, part?: Locator | Box): Promise<void> {
		const shown = new Map(Object.entries(DOCS_PICTURES)).get(name);
		if (Screenshots.isForDocs && !(shown?.width === width && shown?.themes.includes(theme!))) return;
		// Icons come one by one.
		await page.waitForLoadState('networkidle');
		const picture = !part
			? await page.screenshot(SCREENSHOT_OPTIONS)
			: 'x' in part
				? await page.screenshot({ ...SCREENSHOT_OPTIONS, clip: part })
				: await part.screenshot(SCREENSHOT_OPTIONS);
		const file = Screenshots.isForDocs
			? `${name}${theme === 'dark' ? '.dark' : ''}.png`
			: `${name}.${width}.${theme}.png`;
		if (shown) expect(picture.length).toBeLessThan(MAX_BYTES);
		mkdirSync(this.folder, { recursive: true });
		writeFileSync(join(this.folder, file), picture);
	}

	report(): void {
		console.info(`The pictures are in ${this.folder}`);
	}
}
