import type { Browser, BrowserContext, HTTPCredentials, Page } from 'playwright-core';

import { useRealN8n } from '../harness/useRealN8n';
import type { N8nApi } from '../harness/n8nApi';
import { OWNER } from '../harness/n8nApi';
import type { RealN8n, RealN8nOptions } from '../harness/realN8n';
import { launchChromium } from './chromium';
import { Editor } from './editor';

export interface ViewOptions {
	width?: number;
	height?: number;
	theme?: 'light' | 'dark';
	/** Of pictures: how many of their pixels one of the page is wide. */
	scale?: number;
}

/** An n8n for a test, and windows of its editor. */
export interface BrowserFixture {
	n8n: () => RealN8n;
	api: () => N8nApi;
	/** One more window, signed in; all windows are closed in the end. */
	openEditor(looks?: ViewOptions): Promise<Editor>;
	/** One more window, not signed in: at most with the password of a webhook. */
	visit(looks?: ViewOptions, login?: HTTPCredentials): Promise<Page>;
}

/** How long a page may take to show what it is asked for, in ms. Only what hangs takes as long, also on a busy machine. */
const PATIENCE = 120_000;

/** A real n8n and a Chromium for the tests of this `describe`. */
export function useBrowser(options: RealN8nOptions = {}): BrowserFixture {
	const n8n = useRealN8n(options);
	jest.setTimeout(3 * PATIENCE);
	let browser: Browser | undefined;
	beforeAll(async () => {
		browser = await launchChromium();
	});
	afterAll(() => browser?.close());
	return {
		n8n,
		api: () => n8n().api,
		async openEditor(looks = {}) {
			const context = await openWindow(browser, looks);
			await context.addInitScript(`localStorage.setItem('N8N_THEME', '${looks.theme ?? 'light'}')`);
			const page = await context.newPage();
			await signIn(context, n8n().main.url);
			return new Editor(page, n8n());
		},
		async visit(looks = {}, login) {
			return (await openWindow(browser, looks, login)).newPage();
		},
	};
}

async function openWindow(
	browser: Browser | undefined,
	{ width = 1440, height = 900, theme = 'light', scale = 1 }: ViewOptions,
	httpCredentials?: HTTPCredentials,
): Promise<BrowserContext> {
	if (!browser) throw new Error('Chromium has not started');
	const context = await browser.newContext({
		viewport: { width, height },
		deviceScaleFactor: scale,
		colorScheme: theme,
		// What moves is not where it was when the mouse arrives.
		reducedMotion: 'reduce',
		httpCredentials,
	});
	context.setDefaultTimeout(PATIENCE);
	return context;
}

/** With the cookie of the answer, which the whole context has from then on. */
async function signIn(context: BrowserContext, url: string): Promise<void> {
	const answer = await context.request.post(`${url}/rest/login`, {
		data: { emailOrLdapLoginId: OWNER.email, password: OWNER.password },
	});
	if (!answer.ok()) throw new Error(`Nobody could sign in: ${answer.status()} ${await answer.text()}`);
}
