import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Time } from '../../ledger/clock';
import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { RunOptions, RunResult, ToolOptions } from '../engine';
import { runAsTool, runNode } from '../engine';
import type { Credentials } from '../engine/credentials';
import { connect } from '../../stripe/api/connection';
import { FakeTime } from '../ledger/fakeTime';
import type { SimulatorOptions } from '../simulator/simulator';
import { Setting } from './setting';
import { ACCOUNT, SECRET_KEY, STRIPE_NODE } from './stripeNode';

export const REGISTRY_NODE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';

/** Where the ledger of a test is kept. */
export interface Place {
	parameters: INodeParameters;
	options?: INodeParameters;
	credentials?: Credentials;
}

interface Run extends Partial<RunOptions> {
	credential?: IDataObject;
}

export interface Left extends IDataObject {
	error: IDataObject & { outcome: string; message: string; nextStep: string };
	idempotency: IDataObject & { claim: string; entryId: string; key: string };
	id: string;
	token: string;
}

export type Outputs = RunResult & { outputsOf: Left[][]; raws: INodeExecutionData[][] };

/** The registry node, the node that pays, one Stripe, one ledger, and a clock that the test moves. */
export class Desk {
	/** What n8n saved of the workflow's static data after the last run. */
	private staticData: IDataObject = {};
	/** What the node has written into n8n's log. */
	readonly log: string[] = [];
	/** What it has written into the browser's console. */
	readonly messages: string[] = [];

	private constructor(
		readonly setting: Setting,
		private readonly place: Place,
	) {}

	static async open(place?: Place, options?: Omit<SimulatorOptions, 'clock'>): Promise<Desk> {
		const setting = await Setting.begin(options);
		return new Desk(setting, place ?? { parameters: { ledgerFile: setting.ledgerFile } });
	}

	close(): Promise<void> {
		return this.setting.end();
	}

	/** Workflow static data keeps no whole answers and no parameters: everybody who sees the workflow reads it. */
	get isPublic(): boolean {
		return this.place.parameters.ledger === 'staticData';
	}

	get time() {
		return this.setting.time;
	}

	/** The options of a node on this ledger: nobody waits for busy ones, because the clock stands still. */
	parameters({ options = {}, ...own }: INodeParameters): INodeParameters {
		const chosen = { waitForBusySeconds: 0, ...this.place.options, ...(options as object) };
		return { ...this.place.parameters, ...own, options: chosen };
	}

	runOptions({ credential = {}, ...more }: Run = {}): RunOptions {
		const stripe = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: this.setting.stripe.url };
		return {
			nodeTypes: {
				[REGISTRY_NODE]: this.registry(),
				[STRIPE_NODE]: new StripeIdempotent(this.time),
			},
			credentials: { stripeIdempotentApi: { ...stripe, ...credential }, ...this.place.credentials },
			staticData: this.staticData,
			...more,
		};
	}

	/** The node, overheard. */
	registry(time: Time = this.time): IdempotencyRegistry {
		const node = new IdempotencyRegistry(time);
		const { execute } = node;
		const heard = {
			logger: {
				value: {
					info: (text: string) => this.log.push(text),
					error: (text: string) => this.log.push(text),
				},
			},
			sendMessageToUI: { value: (text: string) => this.messages.push(text) },
		};
		node.execute = function () {
			return execute.call(Object.create(this, heard) as IExecuteFunctions);
		};
		return node;
	}

	/**
	 * Runs it on a clock that moves by nothing but its own waiting.
	 *
	 * @returns for how many ms it has waited, and how many requests Stripe has got meanwhile
	 */
	async paced(parameters: INodeParameters, items: IDataObject[]) {
		const time = new FakeTime(this.time.now());
		const stripe = { secretKey: SECRET_KEY, baseUrl: this.setting.stripe.url };
		await connect(stripe, time).clock.ascertain();
		const [before, from] = [this.setting.stripe.requests.length, time.now()];
		const nodeTypes = { [REGISTRY_NODE]: this.registry(time) };
		const { outputsOf } = await this.run(parameters, items, { nodeTypes });
		const requests = this.setting.stripe.requests.length - before;
		return { requests, waitedMs: time.now() - from, left: outputsOf.map(({ length }) => length) };
	}

	async run(
		parameters: INodeParameters,
		items: RunOptions['items'] = [{}],
		{ type = REGISTRY_NODE, ...more }: Run & { type?: string } = {},
	): Promise<Outputs> {
		const node = { type, parameters: this.parameters(parameters) };
		const result = await runNode(node, this.runOptions({ items, ...more }));
		this.staticData = result.staticData;
		const outputsOf = result.items.map((left) => left.map(({ json }) => json as Left));
		return { ...result, outputsOf, raws: result.items };
	}

	/** Runs it with one item. @returns that item, and which output it left through */
	async one(parameters: INodeParameters, item: IDataObject = {}, more: Run & { type?: string } = {}) {
		const { outputsOf, error } = await this.run(parameters, [item], more);
		if (error) throw new Error(`The node has thrown: ${error.message}`);
		const through = outputsOf.findIndex((left) => left.length > 0);
		expect(outputsOf.flat()).toHaveLength(1);
		return { through, json: outputsOf[through]![0]! };
	}

	/** The node as the tool of an agent that calls it with each of `args`. */
	async asTool(parameters: INodeParameters, args: IDataObject[], more: Partial<ToolOptions> = {}) {
		const node = { type: REGISTRY_NODE, parameters: this.parameters(parameters) };
		const result = await runAsTool(node, args, { ...this.runOptions(), ...more });
		this.staticData = result.staticData;
		return result.answers.map(({ items, error }) => {
			expect(error).toBeUndefined();
			expect(items).toHaveLength(1);
			// n8n runs a node again by itself when its first item has a truthy `error`.
			expect(items[0]).not.toHaveProperty('error');
			return items[0] as Left;
		});
	}
}

/** Claims a shipment per order. */
export const CLAIM: INodeParameters = {
	...{ resource: 'key', operation: 'claim', action: 'shipment.create' },
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

const settling = (operation: string): INodeParameters => ({
	...{ resource: 'key', operation, claim: '={{ $json.claim }}' },
});

export const COMPLETE: INodeParameters = { ...settling('complete'), answer: '={{ $json.answer ?? {} }}' };
export const REJECT: INodeParameters = { ...settling('reject'), message: 'no such street', statusCode: 422 };
export const RELEASE: INodeParameters = settling('release');

const ALL_OPERATIONS = [
	...['charge.capture', 'paymentIntent.capture', 'paymentIntent.confirm', 'paymentIntent.create'],
	'refund.create',
];

/** Reserves 19.99 EUR per order, unless the item says otherwise. */
export const RESERVE: INodeParameters = {
	...{ resource: 'token', operation: 'reserve', intentOperation: 'paymentIntent.create' },
	amount: '={{ $json.amount ?? 1999 }}',
	amountUnit: 'minor',
	currency: '={{ $json.currency ?? "EUR" }}',
	purpose: '={{ $json.purpose ?? "An order" }}',
	agent: '={{ $json.agent ?? "shop" }}',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
	allowedOperations: ALL_OPERATIONS,
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '100000' }] },
};

/** Pays what was reserved. */
export const PAY: INodeParameters = {
	...{ resource: 'paymentIntent', operation: 'create', keySource: 'token', token: '={{ $json.token }}' },
	amount: '={{ $json.amount ?? 1999 }}',
	amountUnit: 'minor',
	currency: 'EUR',
	confirm: true,
	paymentMethod: '={{ $json.card ?? "pm_card_visa" }}',
};

export const decide = (operation: 'approve' | 'deny' | 'revoke'): INodeParameters => ({
	...{ resource: 'token', operation, reservation: '={{ $json.reservation }}', by: 'Ada' },
});
