import { randomUUID } from 'node:crypto';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { buildEntry } from '../../ledger/entries';
import { DAY } from '../../ledger/requests';
import { loadExample } from '../workflows/exampleWorkflows';
import type { Execution } from '../harness/execution';
import { until } from '../../servers/until';
import { Screenshots } from './screenshots';
import { whereChromium } from './chromium';
import type { Editor } from './editor';
import { useBrowser } from './browserFixture';
import { inLedger } from './ledgerPage';

const REGISTRY = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const LOOKS = { width: 1440, theme: 'light' } as const;

const [PROCEED, BUSY, DONE] = [0, 2, 0];

/** On it all parameters of Reserve have their place, in pixels. */
const TALL = 2_000;

/** An order, and the registry behind it as it comes out of the panel. */
function registryBehind(order: object, parameters: object = {}): WorkflowJson {
	const node = (name: string, type: string, typeVersion: number, at: number, of: object) => {
		return { id: randomUUID(), name, type, typeVersion, position: [at, 0], parameters: of } as NodeJson;
	};
	const to = (name: string) => ({ main: [[{ node: name, type: 'main' as const, index: 0 }]] });
	return {
		name: 'The registry in the editor',
		nodes: [
			node('By Hand', 'n8n-nodes-base.manualTrigger', 1, 0, {}),
			node('Orders', 'n8n-nodes-base.set', 3.4, 220, {
				mode: 'raw',
				jsonOutput: JSON.stringify(order),
				options: {},
			}),
			node('Registry', REGISTRY, 1, 480, parameters),
		],
		connections: { 'By Hand': to('Orders'), Orders: to('Registry') },
	};
}

const left = (execution: Execution, output: number) =>
	execution.outputs('Registry')[output]?.map(({ json }) => json);

whereChromium()('the registry in the editor', () => {
	const { n8n, api, openEditor } = useBrowser();
	const screenshots = new Screenshots();
	let editor: Editor;
	beforeAll(async () => {
		editor = await openEditor({ ...LOOKS, scale: 1 });
		await editor.page.setViewportSize({ width: LOOKS.width, height: TALL });
	});
	afterAll(async () => {
		await editor.page.context().close();
		screenshots.report();
	});

	it('lets an order pass once, with a key made of the field dragged there', async () => {
		const { id } = await api().importWorkflow(
			registryBehind(
				{ order_number: 'SO-1', weight: 3 },
				{
					resource: 'key',
					operation: 'claim',
					action: 'shipment.create',
					options: { waitForBusySeconds: 0 },
				},
			),
		);
		await editor.openWorkflow(id);
		await editor.execute();
		const panel = await editor.openNode('Registry');
		await panel.drag('order_number', 'path');
		await until('the name of the key field', async () => {
			return (await panel.parameter('path').locator('input').inputValue()) === 'order_number';
		});
		await screenshots.take('registry-claim', LOOKS, editor.page, panel.whole);
		await panel.close();
		for (const output of [PROCEED, BUSY]) {
			const execution = await editor.execute();
			const left = execution.runs('Registry').at(-1)?.data?.main ?? [];
			expect(left.findIndex((items) => (items?.length ?? 0) > 0)).toBe(output);
		}
	});

	it('shows for Reserve only its own parameters', async () => {
		const parameters = { resource: 'token', operation: 'reserve', intentOperation: 'refund.create' };
		const { id } = await api().importWorkflow(registryBehind({ order_number: 'SO-1' }, parameters));
		await editor.openWorkflow(id);
		const panel = await editor.openNode('Registry');
		const labels = await panel.labels();
		for (const label of [
			'Operation to Allow',
			'Payment',
			'Amount',
			'Purpose',
			'Agent',
			'Limits',
			'Allowed Operations',
		])
			expect(labels).toContain(label);
		expect(labels).not.toContain('Claim');
		await screenshots.take('registry-reserve', LOOKS, editor.page, panel.whole);
	});

	it('reconciles a single entry or all unknown ones, and reports what it did not find', async () => {
		const parameters = {
			resource: 'entry',
			operation: 'reconcile',
			findBy: 'field',
			fieldValue: '={{ $json.order_number }}',
		};
		const { id } = await api().importWorkflow(registryBehind({ order_number: 'nobody' }, parameters));
		await editor.openWorkflow(id);
		const panel = await editor.openNode('Registry');
		expect(await panel.labels()).toEqual(expect.arrayContaining(['Which', 'Find By', 'Field Value']));
		const refused = await panel.execute();
		const [resolved, unresolved, notFound] = refused.runs('Registry').at(-1)?.data?.main ?? [];
		expect([resolved?.length ?? 0, unresolved?.length ?? 0]).toEqual([0, 0]);
		expect(notFound?.[0]?.json.error).toMatchObject({ outcome: 'not_found' });
		await screenshots.take('registry-reconcile', LOOKS, editor.page, panel.whole);

		await panel.select('which', 'All Unknown Entries');
		const labels = await panel.labels();
		expect(labels).toEqual(expect.arrayContaining(['Which', 'Return All', 'Limit']));
		expect(labels).not.toContain('Find By');
		await panel.execute();
		await screenshots.take('registry-reconcile-all', LOOKS, editor.page, panel.whole);
	});

	it("accepts a manual finding, with the person's name, if Stripe cannot tell", async () => {
		const requestCount = Date.now() - 40 * DAY;
		const entry = buildEntry({
			state: 'unknown',
			order: 'SO-9',
			account: 'acct_simulator',
			createdAt: requestCount,
			settledAt: requestCount,
			expiresAt: Date.now() + 90 * DAY,
		});
		await inLedger(n8n(), (store) => store.insertIfAbsent([entry]));
		const parameters = {
			resource: 'entry',
			operation: 'settle',
			findBy: 'field',
			fieldValue: '={{ $json.order_number }}',
		};
		const { id } = await api().importWorkflow(registryBehind({ order_number: 'SO-9' }, parameters));
		await editor.openWorkflow(id);
		const panel = await editor.openNode('Registry');
		const fields = ['Finding', 'Stripe Object ID', 'Decided By', 'Note'];
		expect(await panel.labels()).toEqual(expect.arrayContaining(fields));
		await panel.select('verdict', 'Request Was Never Executed');
		expect(await panel.labels()).not.toContain('Stripe Object ID');
		await panel.type('by', 'Ada');
		await panel.type('note', 'asked the support');
		const settled = await panel.execute();
		expect(left(settled, DONE)).toMatchObject([
			{ state: 'released', outcome: { decidedBy: 'Ada', message: 'asked the support' } },
		]);
		await screenshots.take('registry-settle', LOOKS, editor.page, panel.whole);
	});

	it('shows the names of the outputs of each operation', async () => {
		const { id } = await api().importWorkflow(loadExample('any-api-once'));
		await editor.openWorkflow(id);
		for (const name of ['Proceed', 'Already Done', 'Busy'])
			await editor.page.getByText(name, { exact: true }).first().waitFor();
		await screenshots.take('registry-canvas', LOOKS, editor.page);
	});
});
