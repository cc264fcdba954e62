import '../engine/instance';

import { ExecutionLifecycleHooks, HookContext, WebhookContext } from 'n8n-core';
import type {
	IDataObject,
	INodeExecutionData,
	IWebhookData,
	IWebhookResponseData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import Stripe from 'stripe';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { Time } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';
import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { StripeIdempotentTrigger } from '../../nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.ts';
import { runWorkflow } from '../engine';
import { additionalDataFor } from '../engine/additionalData';
import type { Credentials } from '../engine/credentials';
import { nodeTypesFrom } from '../engine/nodeTypes';
import { completeWorkflow, toWorkflow } from '../engine/workflowJson';
import { StripeSimulator } from '../simulator/simulator';
import { LedgerFolder } from './ledgerFolder';
import { ACCOUNT, SECRET_KEY } from './stripeNode';

const TRIGGER_NODE = 'n8n-nodes-stripe-idempotent.stripeIdempotentTrigger';
export const SECRET = 'whsec_by_hand';
const TRIGGER = 'Stripe';

type EventJson = IDataObject & { id: string; type: string };

let events = 0;

/** An event as Stripe delivers it, but for what is given. */
export function eventOf(given: IDataObject = {}): EventJson {
	return {
		id: `evt_${++events}`,
		object: 'event',
		api_version: DEFAULT_API_VERSION,
		created: 1_790_000_000,
		data: { object: { id: 'pi_1', object: 'payment_intent', status: 'succeeded', amount: 1999 } },
		livemode: false,
		pending_webhooks: 1,
		request: { id: 'req_1', idempotency_key: null },
		type: 'payment_intent.succeeded',
		...given,
	};
}

/** The header `Stripe-Signature`, made by Stripe's own SDK. `ageMs` is how long ago. */
export function signatureOf(payload: string, secret = SECRET, ageMs = 0): string {
	const timestamp = Math.floor((Date.now() - ageMs) / 1000);
	return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

/** How a delivery was answered, and the run that it started. */
export interface Delivered {
	status: number;
	message: string;
	/** Items that left the trigger in a run; undefined when n8n was not told to run. */
	items?: INodeExecutionData[];
}

/** What of Node's response the node uses. */
class Response {
	headersSent = false;
	destroyed = false;
	status = 0;
	body = '';
	private readonly ends = Promise.withResolvers<undefined>();
	readonly ended = this.ends.promise;

	writeHead(status: number): void {
		this.headersSent = true;
		this.status = status;
	}

	end(body: string): void {
		this.body = body;
		this.ends.resolve(undefined);
	}
}

export interface DeliveryOptions {
	headers?: IDataObject;
	/** Of the workflow; `manual` is a test in the editor. */
	mode?: WorkflowExecuteMode;
	workflowId?: string;
	nodeName?: string;
	parameters?: IDataObject;
	credential?: IDataObject;
	/** Those of the ledger. */
	credentials?: Credentials;
	/** n8n dies after the webhook has been called, before the run begins. */
	dies?: boolean;
}

/** A trigger in n8n's own contexts, with a ledger in a folder of its own and a Stripe on this machine. */
export class TriggerShop {
	private readonly place = new LedgerFolder();
	readonly folder = this.place.path;
	readonly ledgerFile = this.place.file;
	/** Of the workflow, as n8n's database has it. */
	staticData: IDataObject = {};

	/** @param clock Stripe's, which is the host's but where a test says so */
	static async open(time: Time = systemTime, clock: Pick<Time, 'now'> = time): Promise<TriggerShop> {
		return new TriggerShop(await StripeSimulator.start({ clock }), time);
	}

	private constructor(
		readonly simulator: StripeSimulator,
		readonly time: Time,
	) {}

	async close(): Promise<void> {
		await this.simulator.stop();
		await this.place.remove();
	}

	get ledger(): Ledger {
		return new Ledger(SqliteStore.open(this.ledgerFile), this.time);
	}

	async entriesOf(operation: string): Promise<Entry[]> {
		return (await this.ledger.list({ limit: 1_000 })).filter((entry) => entry.operation === operation);
	}

	/** As Stripe delivers: signed, and to the end of the run. */
	async deliver(event: object, options: DeliveryOptions = {}): Promise<Delivered> {
		const body = JSON.stringify(event);
		return this.deliverRaw(body, { 'stripe-signature': signatureOf(body), ...options.headers }, options);
	}

	async deliverRaw(body: string, headers: IDataObject, options: DeliveryOptions = {}): Promise<Delivered> {
		const { response, result } = await this.webhook(body, headers, options);
		if (!result.workflowData) {
			await response.ended;
			return answerOf(response);
		}
		if (options.dies) {
			// With n8n its connections end, and nobody watches the run for Stripe any more.
			response.destroyed = true;
			return { status: 0, message: '' };
		}
		const items = await this.run(result.workflowData[0] ?? [], options);
		if (result.noWebhookResponse) await response.ended;
		return { ...answerOf(response), items };
	}

	/** What n8n does when the address is called. */
	async webhook(
		body: string,
		headers: IDataObject,
		options: DeliveryOptions = {},
	): Promise<{ response: Response; result: IWebhookResponseData }> {
		const { workflow, additionalData, mode } = this.loaded(options);
		const response = new Response();
		Object.assign(additionalData, {
			httpRequest: { headers, rawBody: Buffer.from(body), body: {} },
			httpResponse: response,
		});
		const node = workflow.getNode(options.nodeName ?? TRIGGER)!;
		const context = new WebhookContext(
			workflow,
			node,
			additionalData,
			mode,
			{} as IWebhookData,
			[],
			null,
		);
		const result = await this.nodeType().webhook.call(context);
		this.staticData = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
		return { response, result };
	}

	/** The run that n8n has stored: it begins with the trigger itself. */
	async run(items: INodeExecutionData[], options: DeliveryOptions = {}): Promise<INodeExecutionData[]> {
		const { json, credentials, mode, name } = this.workflow(options);
		const result = await runWorkflow(json, {
			nodeTypes: { [TRIGGER_NODE]: this.nodeType() },
			credentials,
			items,
			mode,
			startNode: name,
			staticData: this.staticData,
		});
		this.staticData = result.staticData;
		if (result.error) throw new Error(result.error.message);
		return result.outputs(name)[0] ?? [];
	}

	/** What n8n does when a workflow is published or not any more, or listens for a test event. */
	async hook(method: 'checkExists' | 'create' | 'delete', options: DeliveryOptions = {}): Promise<boolean> {
		const { workflow, additionalData, mode } = this.loaded(options);
		const node = workflow.getNode(options.nodeName ?? TRIGGER)!;
		const webhookData = { isTest: mode === 'manual' } as IWebhookData;
		const activation = mode === 'manual' ? 'manual' : 'activate';
		const context = new HookContext(workflow, node, additionalData, mode, activation, webhookData);
		try {
			return await this.nodeType().webhookMethods.default[method].call(context);
		} finally {
			this.staticData = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
		}
	}

	/** Publishes as n8n does. */
	async publish(options: DeliveryOptions = {}): Promise<void> {
		if (!(await this.hook('checkExists', options))) await this.hook('create', options);
	}

	private nodeType(): StripeIdempotentTrigger {
		return new StripeIdempotentTrigger(this.time);
	}

	private workflow({
		mode = 'webhook',
		workflowId = 'wf_1',
		nodeName: name = TRIGGER,
		...given
	}: DeliveryOptions) {
		const parameters = {
			endpoint: 'existing',
			events: ['*'],
			ledgerFile: this.ledgerFile,
			...given.parameters,
		};
		const stored = { id: '1', name: 'Stripe' };
		const credentials: Credentials = {
			stripeIdempotentApi: {
				...{
					secretKey: SECRET_KEY,
					accountId: ACCOUNT,
					webhookSecret: SECRET,
					baseUrl: this.simulator.url,
				},
				...given.credential,
			},
			...given.credentials,
		};
		const node = {
			...{ id: 'node_1', name, type: TRIGGER_NODE, webhookId: 'hook' },
			parameters,
			credentials: Object.fromEntries(Object.keys(credentials).map((type) => [type, stored])),
		};
		return { json: { id: workflowId, nodes: [node], connections: {} }, credentials, mode, name };
	}

	private loaded(options: DeliveryOptions) {
		const { json, credentials, mode } = this.workflow(options);
		const nodeTypes = nodeTypesFrom({ [TRIGGER_NODE]: this.nodeType() });
		const base = completeWorkflow(json, nodeTypes, this.staticData);
		const workflow: Workflow = toWorkflow(base, nodeTypes);
		const hooks = new ExecutionLifecycleHooks(mode, '1', base);
		return { workflow, additionalData: additionalDataFor('1', hooks, credentials), mode };
	}
}

function answerOf({ status, body }: Response): Delivered {
	const { message = '' } = (body === '' ? {} : JSON.parse(body)) as { message?: string };
	return { status, message };
}
