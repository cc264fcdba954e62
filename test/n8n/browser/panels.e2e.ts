import { randomUUID } from 'node:crypto';

import type { INodeParameters } from 'n8n-workflow';

import type { NodeJson } from '../../engine/workflowJson';
import { whereChromium } from './chromium';
import type { Editor } from './editor';
import { useBrowser } from './browserFixture';
import { Screenshots } from './screenshots';

const PAYMENT = 'n8n-nodes-stripe-idempotent.stripeIdempotent';
const REGISTRY = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const TRIGGER = 'n8n-nodes-stripe-idempotent.stripeIdempotentTrigger';

const LOOKS = { width: 1440, theme: 'light' } as const;
/** On it all parameters of any panel have their place, in pixels. */
const TALL = 2_200;

interface Panel {
	type: string;
	parameters: INodeParameters;
	/** The labels at its top, in their order. */
	begins: string[];
	/** Whether what it gives out can be shortened. */
	simplifies: boolean;
}

const paying = (resource: string, operation: string, ...begins: string[]): Panel => ({
	type: PAYMENT,
	parameters: { resource, operation },
	simplifies: true,
	begins: ['Resource', 'Operation', ...begins],
});

/** As they come out of the panel of nodes: nothing is filled in. */
const PANELS: Record<string, Panel> = {
	'a payment': paying('paymentIntent', 'create', 'Charge Once Per'),
	'a refund': paying('refund', 'create', 'Refund Once Per'),
	'a bill': paying('invoice', 'billCustomer', 'Create Once Per'),
	'an invoice that is paid': paying('invoice', 'pay', 'Do Once Per'),
	'a subscription': paying('subscription', 'create', 'Create Once Per'),
	'a change of plan': paying('subscription', 'changePlan', 'Do Once Per'),
	'a custom API call': { ...paying('customApiCall', 'request', 'Do Once Per'), simplifies: false },
	'payments that are read': paying('paymentIntent', 'getMany', 'Return All'),
	'the registry': {
		type: REGISTRY,
		parameters: {},
		simplifies: true,
		begins: ['Resource', 'Operation', 'Find By'],
	},
	'a claim': {
		type: REGISTRY,
		parameters: { resource: 'key', operation: 'claim' },
		simplifies: false,
		begins: ['Resource', 'Operation', 'Do Once Per'],
	},
	'a reservation': {
		type: REGISTRY,
		parameters: { resource: 'token', operation: 'reserve' },
		simplifies: false,
		begins: ['Resource', 'Operation', 'Reserve Once Per'],
	},
	'the trigger': { type: TRIGGER, parameters: {}, simplifies: false, begins: ['Endpoint', 'Events'] },
};

whereChromium()('a panel as it opens', () => {
	const { api, openEditor } = useBrowser();
	const screenshots = new Screenshots();
	let editor: Editor;
	beforeAll(async () => {
		const { id } = await api().importWorkflow({ name: 'Panels', nodes: buildNodes(), connections: {} });
		editor = await openEditor({ ...LOOKS, height: TALL });
		await editor.openWorkflow(id);
	});
	afterAll(async () => {
		await editor.page.context().close();
		screenshots.report();
	});

	it.each(Object.entries(PANELS))('of %s starts with the deciding parameters', async (name, of) => {
		const panel = await editor.openNode(name);
		await panel.parameters.waitFor();
		const labels = await panel.labels();
		await screenshots.take(`panel ${name}`, LOOKS, editor.page, panel.parameters);
		await panel.close();
		expect(labels.slice(0, of.begins.length)).toEqual(of.begins);
		expect(labels.includes('Simplify')).toBe(of.simplifies);
	});
});

function buildNodes(): NodeJson[] {
	return Object.entries(PANELS).map(([name, { type, parameters }], index) => ({
		id: randomUUID(),
		name,
		type,
		typeVersion: 1,
		parameters,
		position: [(index % 4) * 300, Math.floor(index / 4) * 220],
	}));
}
