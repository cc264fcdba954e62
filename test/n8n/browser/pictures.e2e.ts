import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';

import type { Page } from 'playwright-core';

import { loadExample } from '../workflows/exampleWorkflows';
import { Screenshots } from './screenshots';
import { whereChromium } from './chromium';
import type { Editor } from './editor';
import { useBrowser } from './browserFixture';
import { inLedger, LOGIN, publishPage } from './ledgerPage';
import { shopEntries } from './ledgerPageEntries';
import type { Box } from './page';
import { boxAround } from './page';
import { CHARGE_NODE, buildChargeWorkflow, MANY_ORDERS, NEXT_NODES } from './workflows';

const EXAMPLES = readdirSync(join(__dirname, '../../..', 'examples'))
	.filter((file) => file.endsWith('.json'))
	.map((file) => parse(file).name);

/** Each width and each theme once: a picture takes many seconds, and n8n's editor is the same in all of them. */
const LOOKS = [
	{ width: 1440, theme: 'light' },
	{ width: Screenshots.isForDocs ? 1440 : 1024, theme: 'dark' },
] as const;

/** Twice as fine as the screen: text stays sharp. */
const SCALE = 2;

/** A picture as wide as the screen must not be too large to load. */
const WIDE_SCALE = 1.5;

/** A screen on which all parameters of the node have their place, in pixels. */
const TALL = 1_200;

/** Of the page of the ledger as much as ends below the drawing, in pixels. */
const PAGE_HEIGHT = 1_390;
const PAGE_SCALE = 1.5;

/** Around what is pictured, in pixels. */
const MARGIN = 40;

/** How long the open end of a connection is, with what stands on it, in pixels. */
const STUB = 90;

/** The upper part of an output panel: hints, outputs, the first item. */
const UPPER_PART = 0.4;

/** As much of a page as its window shows, without the ground on its sides. */
async function upperPart(page: Page): Promise<Box> {
	const { x, width } = (await page.locator('body').boundingBox())!;
	return { x, y: 0, width, height: PAGE_HEIGHT };
}

/** Makes the pictures anew: into a temporary folder, or with PICTURES=docs those of the documentation. */
whereChromium()('pictures', () => {
	const { n8n, api, openEditor, visit } = useBrowser();
	const screenshots = new Screenshots();
	let charge: string;

	/** Stripe breaks at one of the orders, in each of its three tries. */
	const breakOne = () =>
		n8n().simulator.inject({
			kind: 'error503',
			times: 3,
			match: { method: 'POST', metadata: { order_number: MANY_ORDERS.at(-1)!.order_number } },
		});

	beforeAll(async () => {
		await api().createCredential('postgres', { host: '127.0.0.1', database: 'shop' }, 'Shop Database');
		charge = (await api().importWorkflow(buildChargeWorkflow('Charge orders once', {}, MANY_ORDERS))).id;
		// Then every run that is pictured finds what an earlier one has done.
		breakOne();
		await api().runByHand(charge);
	});
	afterAll(() => screenshots.report());

	describe.each(LOOKS)('$width pixels wide, $theme', (looks) => {
		let editor: Editor;
		beforeAll(async () => {
			editor = await openEditor({ ...looks, scale: SCALE });
		});
		afterAll(() => editor.page.context().close());

		it('shows the node in the panel, and its actions', async () => {
			const { page, creator, offers } = editor;
			await editor.openWorkflow(charge);
			await editor.openCreator();
			await editor.search('stripe');
			await offers.getByText('Stripe Idempotent').waitFor();
			await screenshots.take('panel', looks, page);
			await editor.choose('Stripe Idempotent');
			await offers.getByText('Create a payment intent').waitFor();
			await screenshots.take('actions', looks, page, creator);
		});

		it('shows a workflow after a run, the node with its items, and the hint', async () => {
			const { page } = editor;
			await editor.openWorkflow(charge);
			breakOne();
			await editor.execute();
			for (const next of NEXT_NODES)
				await editor
					.node(next)
					.getByText(/^\d+ items?$/)
					.waitFor();
			const workflow = await boxAround(await editor.nodes(), MARGIN);
			await screenshots.take('workflow', looks, page, { ...workflow, width: workflow.width + STUB });

			const panel = await editor.openNode(CHARGE_NODE);
			await panel.hints.first().waitFor();
			// What decides is what makes an order the same order.
			await panel.parameter('treatAs').scrollIntoViewIfNeeded();
			await screenshots.take('node', looks, page, panel.whole);
			const output = (await panel.output.boundingBox())!;
			await screenshots.take('hint', looks, page, { ...output, height: output.height * UPPER_PART });
			await panel.showOutput('Retry (5xx)');
			await screenshots.take('server-error', looks, page, panel.output);
		});

		it('shows the choice of a ledger', async () => {
			const { page } = editor;
			// The editor saves by itself what is chosen: nobody else may use this one.
			const { id } = await api().importWorkflow(buildChargeWorkflow('Choose a ledger'));
			// So that the whole list has its place.
			await page.setViewportSize({ width: looks.width, height: TALL });
			await editor.openWorkflow(id);
			const panel = await editor.openNode(CHARGE_NODE);
			await panel.openList('ledger', 'Postgres');
			// A mouse waits until the list has stopped moving.
			await panel.option('Local File').hover();
			const list = [panel.parameter('ledger'), panel.option('Local File'), panel.option('Postgres')];
			const last = panel.option('Workflow Static Data');
			await screenshots.take('ledger', looks, page, await boxAround([...list, last], MARGIN));
			await panel.option('Postgres').click();
			await panel.credentials.last().click();
			await panel.credentialOption('Shop Database').click();
			await panel.addOption.scrollIntoViewIfNeeded();
			await screenshots.take('ledger-postgres', looks, page, panel.parameters);
			await panel.openList('ledger', 'Workflow Static Data');
			await panel.option('Workflow Static Data').click();
			await panel.addOption.scrollIntoViewIfNeeded();
			await screenshots.take('static-data', looks, page, panel.parameters);
		});

		it('shows the ledger page, and a reconciliation result', async () => {
			const name = `shop-${looks.width}-${looks.theme}`;
			const file = `${name}.sqlite`;
			await inLedger(n8n(), (store) => store.insertIfAbsent(shopEntries()), file);
			const address = await publishPage(n8n(), name, file);
			const page = await visit({ ...looks, scale: PAGE_SCALE, height: PAGE_HEIGHT }, LOGIN);
			await page.goto(address);
			await screenshots.take('ledger-page', looks, page, await upperPart(page));

			const order = { ...MANY_ORDERS[0]!, order_number: 'SO-24241' };
			const match = { method: 'POST', metadata: { order_number: order.order_number } };
			n8n().simulator.inject({ kind: 'resetAfter', times: 3, match });
			const lost = await api().importWorkflow(
				buildChargeWorkflow('Shop orders', { ledgerFile: file }, [order]),
			);
			await api().runByHand(lost.id);
			await page.reload();
			await page.locator('article', { hasText: order.order_number }).getByRole('button').click();
			await page.getByRole('status').waitFor();
			await screenshots.take('ledger-page-found', looks, page, page.locator('article'));
			await page.context().close();
		});

		it('shows the workflow for payments that need attention, without the editor around it', async () => {
			const { id } = await api().importWorkflow(loadExample('dead-letters'));
			const wide = await openEditor({ ...looks, scale: WIDE_SCALE });
			await wide.openWorkflow(id);
			const workflow = await boxAround(await wide.nodes(), MARGIN);
			await screenshots.take('dead-letters', looks, wide.page, workflow);
			await wide.page.context().close();
		});
	});

	describe('examples', () => {
		const looks = { width: 1440, theme: 'light' } as const;
		let editor: Editor;
		beforeAll(async () => {
			editor = await openEditor(looks);
		});
		afterAll(() => editor.page.context().close());

		it.each(EXAMPLES)('shows the example %s', async (name) => {
			const { id } = await api().importWorkflow(loadExample(name));
			await editor.openWorkflow(id);
			await screenshots.take(`example-${name}`, looks, editor.page);
		});
	});
});
