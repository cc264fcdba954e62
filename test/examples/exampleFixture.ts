import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { RunResult, WorkflowJson } from '../engine';
import { runWorkflow } from '../engine';
import { noOpNode, startNode } from '../engine/builtins';
import { formNode, fromFileNode, javaScriptNode, setNode, toFileNode, waitNode } from '../engine/editorNodes';
import { LedgerFolder } from '../nodes/fixtures/ledgerFolder';
import { ManualClock } from '../nodes/fixtures/nodeFixture';
import { stripeAt } from '../simulator/client';
import type { Fault } from '../simulator/simulator';
import { StripeSimulator } from '../simulator/simulator';

const EXAMPLES = join(__dirname, '../../examples');

const SECRET_KEY = 'sk_test_example';

interface ExampleRun {
	/** The trigger; the manual one unless said otherwise. */
	trigger?: string;
	/** What the trigger hands on. */
	items?: IDataObject[];
	/** Parameters of nodes, changed as a person does it in the editor. */
	changes?: Record<string, IDataObject>;
	/** With what a form that the workflow waits for is filled in. */
	form?: IDataObject;
	/** What happens elsewhere while the workflow waits for that. */
	meanwhile?: () => Promise<unknown>;
}

/** An example as it is shipped, in n8n's engine, with a Stripe and a ledger of its own. */
export class ExampleFixture {
	stripe!: StripeSimulator;
	private ledgerFolder!: LedgerFolder;
	/** Does not wait for turns at Stripe's rate limit. */
	private time!: ManualClock;

	constructor(private readonly name: string) {}

	/** A fresh Stripe and a fresh ledger for each test. */
	static use(name: string): ExampleFixture {
		const fixture = new ExampleFixture(name);
		beforeEach(() => fixture.start());
		afterEach(() => fixture.stop());
		return fixture;
	}

	/** Stripe's own SDK, on the account of the workflow. */
	get api() {
		return stripeAt(this.stripe, SECRET_KEY);
	}

	get ledgerFile(): string {
		return this.ledgerFolder.file;
	}

	async run({ trigger = 'Try It Manually', items, changes = {}, form = {}, meanwhile }: ExampleRun = {}) {
		const workflow = readExample(this.name);
		for (const node of Object.keys(changes)) {
			if (!workflow.nodes.some(({ name }) => name === node)) throw new Error(`There is no "${node}"`);
		}
		const nodes = workflow.nodes.map((node) => ({
			...node,
			parameters: this.settle(node, { ...node.parameters, ...changes[node.name] }),
		}));
		const result = await runWorkflow(
			{ ...workflow, nodes },
			{
				nodeTypes: nodeTypesFor(this.time, form, meanwhile),
				credentials: { stripeIdempotentApi: { secretKey: SECRET_KEY, baseUrl: this.stripe.url } },
				items,
				startNode: trigger,
				mode: 'manual',
			},
		);
		if (result.error !== undefined) throw result.error;
		return result;
	}

	/** From now on the answers to these requests do not arrive, though Stripe executes them: once, unless said otherwise. */
	loseAnswer(path: string | RegExp, more: Partial<Fault> = {}): void {
		this.stripe.inject({ kind: 'resetAfter', times: 1, match: { method: 'POST', path }, ...more });
	}

	/** How many requests to create something, or to change it, Stripe has executed, by the type of event. */
	count(type: string): number {
		return this.stripe.happened().filter((event) => event.type === type).length;
	}

	/** The ledger in a folder of its own. The node's own repeats are off: a round of the workflow has to help. */
	private settle({ type }: WorkflowJson['nodes'][number], parameters: IDataObject) {
		const isOwn = type.startsWith('n8n-nodes-stripe-idempotent.');
		if (!isOwn) return parameters as never;
		const options = { ...(parameters.options as IDataObject), maxRetries: 0 };
		const repeats = type.endsWith('.stripeIdempotent') ? { options } : {};
		const { ledgerFile } = this;
		return { ...parameters, ...('ledger' in parameters ? { ledgerFile } : {}), ...repeats } as never;
	}

	private async start(): Promise<void> {
		this.stripe = await StripeSimulator.start();
		this.ledgerFolder = new LedgerFolder();
		this.time = new ManualClock();
	}

	private async stop(): Promise<void> {
		await this.ledgerFolder.remove();
		await this.stripe.stop();
	}
}

export function readExample(name: string): WorkflowJson {
	return JSON.parse(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')) as WorkflowJson;
}

/** What left a node in all of its runs, by all of its outputs. */
export function allItems(result: RunResult, node: string): IDataObject[] {
	return result
		.runs(node)
		.flatMap(({ data }) => data?.main ?? [])
		.flatMap((items) => items ?? [])
		.map(({ json }) => json);
}

export const messagesOf = (result: RunResult) =>
	allItems(result, 'Tell Somebody').map(({ message }) => message);

/** The changes that put other rows into a node with a table in it. */
export function csvIn(node: string, ...lines: string[]): Record<string, IDataObject> {
	const value = `${lines.join('\n')}\n`;
	return { [node]: { assignments: { assignments: [{ id: 'csv', name: 'csv', type: 'string', value }] } } };
}

function nodeTypesFor(time: ManualClock, form: IDataObject, meanwhile: ExampleRun['meanwhile']) {
	return {
		'n8n-nodes-stripe-idempotent.stripeIdempotent': new StripeIdempotent(time),
		'n8n-nodes-stripe-idempotent.idempotencyRegistry': new IdempotencyRegistry(time),
		'n8n-nodes-stripe-idempotent.stripeIdempotentTrigger': startNode,
		'n8n-nodes-base.scheduleTrigger': startNode,
		'n8n-nodes-base.webhook': startNode,
		'n8n-nodes-base.respondToWebhook': noOpNode,
		'n8n-nodes-base.set': setNode,
		'n8n-nodes-base.code': javaScriptNode,
		'n8n-nodes-base.convertToFile': toFileNode,
		'n8n-nodes-base.extractFromFile': fromFileNode,
		'n8n-nodes-base.wait': waitNode(form, meanwhile),
		'n8n-nodes-base.formTrigger': startNode,
		'n8n-nodes-base.form': formNode(form),
	};
}
