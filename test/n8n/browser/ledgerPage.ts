import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';
import type { Page } from 'playwright-core';

import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { loadExample } from '../workflows/exampleWorkflows';
import type { RealN8n } from '../harness/realN8n';
import { until } from '../../servers/until';

export const LOGIN = { username: 'ada', password: 'correct horse battery' };

/** The nodes of the example that have a ledger. */
const READERS = ['Sum It Up', 'Unknown Ones', 'Newest Others', 'Look It Up', 'The Same Payment', 'Find Out'];

/** Publishes the example; resolves with its address when somebody listens there. */
export async function publishPage(n8n: RealN8n, path = 'ledger', ledgerFile = ''): Promise<string> {
	const { username: user, password } = LOGIN;
	await n8n.api.createCredential('httpBasicAuth', { user, password });
	const changes: Record<string, IDataObject> = { 'Open the Page': { path }, 'Button Pressed': { path } };
	for (const name of READERS) changes[name] = { ledgerFile };
	const { id } = await n8n.api.importWorkflow(loadExample('ledger-page', changes));
	await n8n.api.publish(id);
	const address = `${n8n.main.url}/webhook/${path}`;
	await until(`somebody who listens at ${address}`, async () => (await fetch(address)).status === 401);
	return address;
}

/** The ledger of the nodes, opened beside n8n. */
export async function inLedger<T>(
	n8n: RealN8n,
	use: (store: SqliteStore) => Promise<T>,
	file = 'idempotency.sqlite',
): Promise<T> {
	const store = SqliteStore.open(join(n8n.main.userFolder, '.n8n', file));
	try {
		return await use(store);
	} finally {
		await store.close();
	}
}

/** Notes whatever a page must not do; its own requests are those for the page. */
export function watchPage(page: Page, address: string): string[] {
	const requests: string[] = [];
	page.on('dialog', (dialog) => {
		requests.push(`dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('console', (message) => requests.push(`console: ${message.text()}`));
	page.on('pageerror', (error) => requests.push(`error: ${error.message}`));
	page.on('request', (request) => {
		const isPage = request.url().split('?')[0] === address && request.resourceType() === 'document';
		if (!isPage) requests.push(`request: ${request.resourceType()} ${request.url()}`);
	});
	return requests;
}

/** Texts whose contrast to what is behind them is below 4.5 to 1 (WCAG 2, AA). */
export const FAINT_TEXTS = `(() => {
	const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
	const light = (colour) => {
		const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = (element) => {
		for (let at = element; at; at = at.parentElement) {
			const { backgroundColor } = getComputedStyle(at);
			if (channels(backgroundColor)[3] !== 0) return backgroundColor;
		}
		return 'rgb(255, 255, 255)';
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const faint = new Set();
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (!walker.currentNode.data.trim() || element.closest('title')) continue;
		const { color, fill } = getComputedStyle(element);
		const [one, other] = [light(element.closest('svg') ? fill : color), light(behind(element))].sort((a, b) => b - a);
		const ratio = (one + 0.05) / (other + 0.05);
		if (ratio < 4.5) faint.add(walker.currentNode.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
	}
	return [...faint];
})()`;

/** Whether something is wider than the window. */
export const OVERFLOWS = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
