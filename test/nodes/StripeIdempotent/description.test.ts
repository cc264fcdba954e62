import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { INode, INodeParameters, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { StripeIdempotentApi } from '../../../credentials/StripeIdempotentApi.credentials';
import { IdempotencyRegistry } from '../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { CLASS_FACTS } from '../../../nodes/StripeIdempotent/oncePer';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { StripeIdempotentTrigger } from '../../../nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.ts';
import packageJson from '../../../package.json';
import { repeat, sampleRows } from '../../crash/soak';
import { findWhatMayShow } from '../../engine/shownProperties';
import { CHOSEN_OBJECTS } from '../fixtures/chosenObjects';
import { OrdersFixture, STRIPE_NODE } from '../fixtures/ordersFixture';

const { description } = new StripeIdempotent();
const { properties } = description;

const NODE_FOLDER = join(__dirname, '../../../nodes/StripeIdempotent');

const named = (name: string) => properties.filter((property) => property.name === name);

function values(property: INodeProperties | undefined): unknown[] {
	return (property?.options ?? []).map((option) => ('value' in option ? option.value : option.name));
}

/** What the editor shows for these parameters, with defaults. */
function shown(parameters: INodeParameters): INodeParameters {
	const node = { typeVersion: 1, type: STRIPE_NODE, parameters } as INode;
	const { resource = 'paymentIntent', operation = 'create' } = parameters as Record<string, string>;
	const possible =
		'operation' in parameters ? findWhatMayShow(properties, [{ resource, operation }]) : properties;
	return NodeHelpers.getNodeParameters(possible, parameters, true, false, node, description) ?? {};
}

it('is small enough to be sent to every browser that opens n8n', () => {
	expect(JSON.stringify(description).length).toBeLessThan(400_000);
});

/** The parameters of an operation, whatever else is chosen. */
function shownFor(resource: string, operation: string): INodeProperties[] {
	return properties.filter(({ displayOptions: { show } = {} }) =>
		Object.entries({ resource, operation }).every(([name, value]) =>
			(show?.[name] ?? [value]).includes(value),
		),
	);
}

describe('names that workflows depend on', () => {
	it('are the node’s and the credential’s', () => {
		expect(description).toMatchObject({
			name: 'stripeIdempotent',
			displayName: 'Stripe Idempotent',
			version: 1,
		});
		expect(description.credentials).toMatchObject(
			['stripeIdempotentApi', 'postgres', 'redis'].map((name) => ({ name, required: true })),
		);
		expect(description.usableAsTool).toBe(true);
	});

	const NAMED_OPERATIONS: [resource: string, operations: string[]][] = [
		[
			'paymentIntent',
			[
				'create',
				'confirm',
				'capture',
				'cancel',
				'get',
				'getMany',
				'search',
				'update',
				'incrementAuthorization',
			],
		],
		['refund', ['cancel', 'create', 'get', 'getMany', 'update']],
		[
			'customer',
			['create', 'update', 'upsert', 'get', 'getMany', 'search', 'delete', 'setDefaultPaymentMethod'],
		],
		['charge', ['get', 'getMany', 'search', 'capture', 'update']],
		['customApiCall', ['request']],
		['creditGrant', ['create', 'update', 'expire', 'void', 'get', 'getMany']],
		['creditNote', ['create', 'void', 'preview', 'get', 'getMany']],
		['payout', ['create', 'cancel', 'cancelOrReverse', 'reverse', 'get', 'getMany']],
		['transfer', ['create', 'reverse', 'get', 'getMany']],
		['customerBalance', ['adjust', 'getMany']],
		['balance', ['get']],
		['balanceTransaction', ['get', 'getMany']],
		['account', ['get', 'findDuplicates', 'checkLedger', 'checkPermissions']],
		['dispute', ['get', 'getMany', 'update', 'accept']],
		['event', ['get', 'getMany']],
		['meter', ['create', 'update', 'deactivate', 'reactivate', 'get', 'getMany', 'getSummaries']],
		['meterEvent', ['create']],
		['topUp', ['create', 'cancel', 'get', 'getMany']],
		['quote', ['create', 'update', 'finalize', 'accept', 'cancel', 'get', 'getMany', 'getLineItems']],
		['subscriptionSchedule', ['create', 'update', 'cancel', 'release', 'get', 'getMany']],
		['checkoutSession', ['create', 'expire', 'get', 'getLineItems', 'getMany']],
		['coupon', ['create', 'delete', 'get', 'getMany', 'update']],
		[
			'invoice',
			[
				'addLines',
				'attachPayment',
				'billCustomer',
				'create',
				'delete',
				'deleteOrVoid',
				'finalize',
				'get',
				'getLines',
				'getMany',
				'getPayments',
				'markUncollectible',
				'pay',
				'preview',
				'search',
				'send',
				'update',
				'void',
			],
		],
		['invoiceItem', ['create', 'delete', 'get', 'getMany', 'update']],
		['paymentLink', ['create', 'deactivate', 'get', 'getLineItems', 'getMany', 'update']],
		['paymentMethod', ['attach', 'detach', 'get', 'getMany', 'update']],
		['portalSession', ['create']],
		['price', ['create', 'get', 'getMany', 'search', 'update']],
		['product', ['create', 'delete', 'get', 'getMany', 'search', 'update']],
		['promotionCode', ['create', 'deactivate', 'get', 'getMany']],
		['setupIntent', ['cancel', 'confirm', 'create', 'get', 'getMany']],
		[
			'subscription',
			[
				'cancel',
				'changePlan',
				'create',
				'get',
				'getMany',
				'pause',
				'resume',
				'search',
				'undoCancellation',
				'update',
			],
		],
		['taxRate', ['create', 'get', 'getMany', 'update']],
	];

	it('are those of every resource', () => {
		expect(new Set(values(named('resource')[0]))).toEqual(
			new Set(NAMED_OPERATIONS.map(([resource]) => resource)),
		);
	});

	it.each(NAMED_OPERATIONS)('are the operations of %s', (resource, operations) => {
		const [operation] = named('operation').filter(
			({ displayOptions }) => displayOptions?.show?.resource?.[0] === resource,
		);
		expect(new Set(values(operation))).toEqual(new Set(operations));
	});

	it('default to creating a payment intent', () => {
		expect(shown({})).toMatchObject({
			resource: 'paymentIntent',
			operation: 'create',
			amount: '',
			confirm: true,
			keySource: 'fields',
			keyFields: { field: [{ path: '', treatAs: 'text' }] },
			ledger: 'localFile',
			ledgerFile: '',
			options: {},
		});
	});

	it('are the parameters of Create', () => {
		const create = [
			'amount',
			'amountUnit',
			'currency',
			'confirm',
			'customer',
			'paymentMethod',
			'additionalFields',
		];
		expect(Object.keys(shown({ amount: '5' }))).toEqual(expect.arrayContaining(create));
		expect(Object.keys(shown({ resource: 'refund', amount: '5' }))).toEqual(
			expect.arrayContaining([
				'refundOf',
				'paymentIntent',
				'amount',
				'amountUnit',
				'reason',
				'additionalFields',
			]),
		);
		expect(values(named('refundOf')[0])).toEqual(expect.arrayContaining(['paymentIntent', 'charge']));
		expect(shown({ resource: 'customApiCall' })).toMatchObject({ method: 'POST', path: '', body: '{}' });
		expect(values(named('method')[0])).toEqual(['DELETE', 'GET', 'POST']);
	});

	it('show the unit for every amount, without a default', () => {
		// Whatever the amount is: the editor takes an expression of which it has no data yet for empty.
		for (const amount of ['', '5', '={{ $json.amount }}'])
			for (const chosen of [{}, { resource: 'refund' }])
				expect(shown({ ...chosen, amount })).toMatchObject({ amountUnit: '' });
		for (const unit of named('amountUnit')) {
			expect(unit.default).toBe('');
			expect(values(unit)).toEqual(['', 'major', 'minor']);
		}
		const onAmount = properties.filter(
			({ displayOptions: { show, hide } = {} }) => 'amount' in { ...show, ...hide },
		);
		expect(onAmount).toEqual([]);
	});

	it('require the unit if they require the amount', () => {
		const demanded = (name: string) =>
			STRIPE_RESOURCES.flatMap(({ value: resource, operations }) =>
				operations
					.filter(({ value }) =>
						shownFor(resource, value).some(
							(property) => property.name === name && property.required,
						),
					)
					.map(({ value }) => `${resource}.${value}`),
			);
		expect(demanded('amount')).toContain('paymentIntent.create');
		expect(demanded('amountUnit')).toEqual(demanded('amount'));
	});

	it('are the values of the key and the ledger', () => {
		expect(values(named('keySource')[0])).toEqual(expect.arrayContaining(['fields', 'event', 'custom']));
		expect(values(named('ledger')[0])).toEqual(expect.arrayContaining(['localFile', 'staticData']));
		// Required beside the key source, optional beside an expression in it.
		for (const name of ['eventId', 'customKey'])
			expect(named(name).map(({ required }) => required)).toEqual([true, undefined]);
		const field = named('keyFields')[0]!.options![0] as { values: INodeProperties[] };
		expect(field.values.map(({ name }) => name)).toEqual(['path', 'treatAs']);
		expect(values(field.values[1])).toEqual(['day', 'hour', 'minute', 'number', 'text']);
	});

	it('is Simplify, visible and on', () => {
		expect(named('simplify')).toMatchObject([{ type: 'boolean', default: true }]);
	});

	it.each([
		['paymentIntent', 'create', 'Charge Once Per'],
		['paymentIntent', 'capture', 'Capture Once Per'],
		['refund', 'create', 'Refund Once Per'],
		['customer', 'create', 'Create Once Per'],
		['customer', 'delete', 'Do Once Per'],
		['customApiCall', 'request', 'Do Once Per'],
	])(
		'are, directly below the operation, those that decide about money: %s.%s: %s',
		(resource, operation, label) => {
			const shown = shownFor(resource, operation);
			const at = shown.findIndex(({ name }) => name === 'operation');
			expect(shown[at + 1]).toMatchObject({ name: 'keySource', displayName: label });
		},
	);

	const everyOperation = STRIPE_RESOURCES.flatMap(({ value: resource, operations }) =>
		operations.map((operation) => ({ resource, operation })),
	);

	it('require Charge Once Per for every write, with the default of its class, and for nothing else', () => {
		const readNames = everyOperation.map(({ resource, operation: { value } }) => [
			`${resource}.${value}`,
			shownFor(resource, value)
				.filter(({ name }) => name === 'keySource')
				.map((question) => question.default),
		]);
		const wanted = everyOperation.map(({ resource, operation }) => [
			`${resource}.${operation.value}`,
			operation.kind === 'write' ? [CLASS_FACTS[operation.class].keySource] : [],
		]);
		expect(readNames).toEqual(wanted);
	});

	it('are the options with their defaults', () => {
		const options = named('options')[0]!.options as INodeProperties[];
		const defaults = Object.fromEntries(options.map(({ name, default: value }) => [name, value]));
		expect(defaults).toMatchObject({
			afterRejection: 'automatic',
			duplicates: 'success',
			serverErrors: 'output',
			ledgerUnavailable: 'stop',
			timeoutSeconds: 80,
			maxRetries: 2,
			waitForBusySeconds: 30,
			concurrency: '',
			retentionDays: 400,
			storeParameters: true,
			stripeAccount: { mode: 'list', value: '' },
			expand: '',
			apiVersion: expect.any(String) as string,
		});
		const choices = (name: string) => values(options.find((option) => option.name === name));
		expect(choices('afterRejection')).toEqual(['automatic', 'newAttempt', 'returnStored']);
		expect(choices('duplicates')).toEqual(['output', 'success']);
		expect(choices('serverErrors')).toEqual(['output', 'throw']);
		expect(choices('ledgerUnavailable')).toEqual(['relyOnStripe', 'stop']);
	});

	it('are the fields of the credential, none of which can be mistaken for the secret key', () => {
		const { name, displayName, properties: fields } = new StripeIdempotentApi();
		expect([name, displayName]).toEqual(['stripeIdempotentApi', 'Stripe Idempotent API']);
		expect(
			fields.map((field) => [field.name, field.default, field.typeOptions?.password ?? false]),
		).toEqual([
			['secretKey', '', true],
			['accountId', '', false],
			['webhookSecret', '', true],
			['baseUrl', 'https://api.stripe.com', false],
			['requireReservation', false, false],
			['keySecret', '', true],
		]);
		expect(fields.at(-1)?.displayName).not.toMatch(/key/i);
	});
});

const OPERATIONS = STRIPE_RESOURCES.flatMap(({ value: resource, operations }) =>
	operations.map((row) => ({
		resource,
		operation: row.value,
		kind: row.kind,
		isTerminal: row.kind === 'write' && row.class === 'terminal',
		readsLedger: row.kind === 'report' && row.readsLedger === true,
	})),
);
const KEY_AND_LEDGER = ['keySource', 'keyFields', 'ledger', 'ledgerFile'];
/** What nothing can undo is once per object. */
const OBJECT_AND_LEDGER = ['keySource', 'ledger', 'ledgerFile'];

describe('what the editor shows', () => {
	it('is not cut short by the braces of a function, however a compiler has spaced them', () => {
		const described = JSON.stringify([description, new IdempotencyRegistry().description]);
		const functions = described.match(/"=\{\{ \((?:[^"\\]|\\.)*"/g) ?? [];
		expect(functions).toHaveLength(3);
		const dense = functions.map((text) => text.replace(/\s|\\[nt]/g, ''));
		expect(dense.map((text) => text.indexOf('}}'))).toEqual(dense.map((text) => text.length - 3));
	});

	it.each(sampleRows(4, OPERATIONS))(
		'$resource $operation ($kind): the key for writes only, the ledger for operations that use it',
		({ kind, isTerminal, readsLedger, ...chosen }) => {
			const parameters = shown(chosen);
			const visible = KEY_AND_LEDGER.filter((name) => name in parameters);
			const ofWrites = isTerminal ? OBJECT_AND_LEDGER : KEY_AND_LEDGER;
			const ofReads = readsLedger ? ['ledger', 'ledgerFile'] : [];
			expect(visible).toEqual(kind === 'write' ? ofWrites : ofReads);
			if (kind === 'write') expect(parameters.keySource).toBe(isTerminal ? 'object' : 'fields');
		},
	);

	/** The choices of a collection, as the editor offers them. */
	function offered(name: string, parameters: INodeParameters): string[] {
		const node = { typeVersion: 1, type: STRIPE_NODE, parameters } as INode;
		return properties
			.filter(
				(property) =>
					property.name === name &&
					NodeHelpers.displayParameter(parameters, property, node, description),
			)
			.flatMap(({ options = [] }) => options as INodeProperties[])
			.filter((option) =>
				NodeHelpers.displayParameter(parameters, option, node, description, parameters),
			)
			.map(({ displayName }) => displayName);
	}

	const OPTIONS_OF_READS = [
		'API Version',
		'Check Only',
		'Concurrency',
		'Expand',
		'Include Client Secret',
		'Max Retries',
		'Only This Customer',
		'Server Errors',
		'Stripe Account',
		'Summary Item',
		'Timeout (Seconds)',
	];

	it('options about keys, entries and limits for writes only', () => {
		const get = { resource: 'customApiCall', operation: 'request', kind: 'read', method: 'GET' };
		for (const { kind, resource, operation, ...more } of [...OPERATIONS, get]) {
			const method = 'method' in more ? more.method : 'POST';
			const options = offered('options', { resource, operation, method, ledger: 'localFile' });
			const name = `${resource}.${operation} ${method}`;
			if (kind === 'write') expect([name, options.length]).toEqual([name, 24]);
			else expect([name, ...options]).toEqual([name, ...OPTIONS_OF_READS]);
		}
	});

	it('Additional Fields in alphabetical order', () => {
		for (const { resource, operation } of OPERATIONS) {
			const labels = offered('additionalFields', { resource, operation });
			expect(labels).toEqual([...labels].sort((a, b) => a.localeCompare(b)));
		}
	});

	it.each([
		['POST', KEY_AND_LEDGER],
		['DELETE', KEY_AND_LEDGER],
		['GET', []],
	])('a custom %s', (method, expected) => {
		const names = Object.keys(shown({ resource: 'customApiCall', method }));
		expect(KEY_AND_LEDGER.filter((name) => names.includes(name))).toEqual(expected);
		expect(names).toContain('body');
	});

	it('only the parameter of the selected key source', () => {
		const own = ['keyFields', 'eventId', 'customKey'];
		const visible = (keySource: string) => {
			const names = Object.keys(shown({ keySource }));
			return own.filter((name) => names.includes(name));
		};
		expect(['fields', 'event', 'custom'].map(visible)).toEqual([
			['keyFields'],
			['eventId'],
			['customKey'],
		]);
	});
});

/** Every combination of parameters that shows another parameter. */
const VARIANTS: INodeParameters[] = [
	{},
	{ amountUnit: 'minor' },
	{ keyFields: { field: [{ path: 'order', treatAs: 'day' }] } },
	{ refundOf: 'charge', linesFrom: 'fields' },
	{ paysBackAs: 'existingRefund' },
	{ when: 'now', whatStops: 'subscription', chargeBy: 'price', collectionMethod: 'send_invoice' },
	{ when: 'date', cancelAt: '2027-01-01' },
	{ scheduleFor: 'customer', matchBy: 'metadata' },
	{ afterPayment: 'redirect', redirectUrl: 'https://example.com', flow: 'subscription_cancel' },
	{ productIs: 'new', productName: 'Pro', discountBy: 'amount', duration: 'repeating' },
	{ returnAll: true },
	{ duplicatesOf: 'invoices' },
	{ method: 'GET' },
	{ method: 'DELETE' },
];

/** What every write has: in the short form it is tried with the first one of each resource. */
const VARIANTS_OF_WRITES: INodeParameters[] = [
	{ keySource: 'event' },
	{ keySource: 'custom' },
	{ ledger: 'staticData' },
	// Names that are refused before anybody connects.
	{ ledger: 'postgres', options: { ledgerTable: 'a;b' } },
	{ ledger: 'redis', options: { ledgerPrefix: 'a b' } },
];
const isFirstWrite = (one: (typeof OPERATIONS)[number]) =>
	one === OPERATIONS.find(({ kind, resource }) => kind === 'write' && resource === one.resource);

const FILLED: INodeParameters = {
	meterEventName: 'api_calls',
	startTime: '2027-01-01T00:00:00Z',
	endTime: '2027-01-02T00:00:00Z',
	amount: '5',
	amountUnit: 'major',
	currency: 'EUR',
	query: "status:'succeeded'",
	path: '/v1/products/x',
	...CHOSEN_OBJECTS,
	paysBackAs: 'refund',
	items: { row: [{ price: CHOSEN_OBJECTS.price! }] },
	lines: { row: [{ amount: '5' }] },
	linesJson: '[{ "amount": "5" }]',
	value: '25',
	displayName: 'VAT',
	name: 'Pro',
	percentage: 19,
	percentOff: 10,
	lineItems: { row: [{ price: CHOSEN_OBJECTS.price! }] },
	successUrl: 'https://example.com',
	yesDelete: true,
	matchEmail: 'ann@example.com',
	matchKey: 'number',
	matchValue: '1001',
	keyFields: { field: [{ path: 'order' }] },
	eventId: 'e1',
	customKey: 'c1',
	paymentMethod: 'pm_card_visa',
};

/** Of which the amount that is filled in says how much. */
const WITHOUT_LINES = ['creditNote'];

describe('no parameter is unused', () => {
	let fixture: OrdersFixture;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
	});
	afterEach(() => fixture.close());

	/** The node in n8n's own context, which notes what is asked of it; its pauses take no time. */
	function listening(): { node: INodeType; readNames: Set<string> } {
		const node = fixture.options().nodeTypes[STRIPE_NODE] as INodeType;
		const readParameters = new Set<string>();
		const execute = node.execute!;
		node.execute = function () {
			const context = new Proxy(this, {
				get(target, name) {
					const member: unknown = Reflect.get(target, name);
					if (typeof member !== 'function') return member;
					return (...args: unknown[]) => {
						const result: unknown = member.apply(target, args);
						if (name !== 'getNodeParameter') return result;
						readParameters.add(String(args[0]));
						return args[0] === 'options' ? noting(result as object, readParameters) : result;
					};
				},
			});
			return execute.call(context);
		};
		return { node, readNames: readParameters };
	}

	function noting(options: object, readParameters: Set<string>): object {
		return new Proxy(options, {
			get(target, name) {
				readParameters.add(`options.${String(name)}`);
				return Reflect.get(target, name) as unknown;
			},
			has(target, name) {
				readParameters.add(`options.${String(name)}`);
				return Reflect.has(target, name);
			},
		});
	}

	const OPTIONS = (named('options')[0]!.options as INodeProperties[]).map(({ name }) => name);
	const isAlone = ({ resource }: { resource: string }) => resource === 'customApiCall';

	function isIn(tried: Set<string>, text: string): boolean {
		const { size } = tried;
		return tried.add(text).size === size;
	}

	const sampled = sampleRows(6, OPERATIONS);
	const isTried = (row: (typeof OPERATIONS)[number]) => sampled.includes(row) || isFirstWrite(row);

	it.each(OPERATIONS.filter(isTried))('$resource $operation', async (row) => {
		const { kind, isTerminal: _terminal, readsLedger, ...chosen } = row;
		const isWhole = isFirstWrite(row) || readsLedger || repeat(0, 1) === 1;
		const variants = isWhole ? [...VARIANTS, ...VARIANTS_OF_WRITES] : VARIANTS;
		const { node, readNames: readParameters } = listening();
		const visible = new Set<string>();
		const tried = new Set<string>();
		// The only operation of its resource is not asked for.
		const never = ['staticDataNotice', 'credentials', ...(isAlone(chosen) ? ['operation'] : [])];
		// A read has no ledger, and shows no options of one.
		const hasLedger = kind === 'write' && isWhole;
		const offered = OPTIONS.filter((name) => hasLedger || !name.startsWith('ledger'));
		const unreadParameters = () => {
			const names = new Set([...readParameters].map((name) => name.split('.')[0]));
			return [
				[...visible].filter((name) => !names.has(name) && !never.includes(name)),
				offered.filter((name) => !readParameters.has(`options.${name}`)),
			];
		};
		for (const variant of variants) {
			const lines = WITHOUT_LINES.includes(chosen.resource) ? {} : FILLED.lines!;
			const parameters = { ...chosen, ...FILLED, lines, ...variant };
			const parametersShown = shown(parameters);
			// A variant of something that does not show is none.
			if (isIn(tried, JSON.stringify(parametersShown))) continue;
			for (const name of Object.keys(parametersShown)) visible.add(name);
			// In the short form, what shows nothing that has not been asked for can find nothing.
			if (repeat(0, 1) === 0 && unreadParameters().every((names) => names.length === 0)) continue;
			const result = await fixture.run(parameters, [{ order: '1' }], {
				nodeTypes: { [STRIPE_NODE]: node },
			});
			expect(result.error).toBeUndefined();
		}
		expect(unreadParameters()).toEqual([[], []]);
	});
});

const typesOf = (object: string, ...what: string[]) => what.map((one) => `${object}.${one}`);

/** By which workflows notice what a person has to do, or that money has moved. */
const EVENTS_THAT_ARE_WAITED_FOR = [
	...typesOf(
		'invoice',
		'payment_action_required',
		'voided',
		'upcoming',
		'overdue',
		'marked_uncollectible',
		'sent',
	),
	...typesOf(
		'customer.subscription',
		'paused',
		'resumed',
		'pending_update_applied',
		'pending_update_expired',
	),
	...typesOf('payment_method', 'attached', 'automatically_updated'),
	...typesOf('credit_note', 'created', 'updated', 'voided'),
	...typesOf('payout', 'canceled', 'reconciliation_completed'),
	...typesOf(
		'subscription_schedule',
		'aborted',
		'canceled',
		'completed',
		'created',
		'expiring',
		'released',
		'updated',
	),
	...typesOf('charge.dispute', 'updated', 'funds_reinstated', 'funds_withdrawn'),
	...typesOf('transfer', 'created', 'reversed', 'updated'),
	...typesOf('promotion_code', 'created', 'updated'),
	'quote.accepted',
];

describe('the trigger', () => {
	const trigger = new StripeIdempotentTrigger();
	const options = (name: string) =>
		trigger.description.properties.find((property) => property.name === name)?.options;

	it('is described in the panel together with the node of the same name', () => {
		expect(trigger.description.description).toMatch(
			/^Charge, refund .* start workflows on Stripe events/,
		);
	});

	it('has the names that workflows depend on', () => {
		expect(trigger.description).toMatchObject({
			name: 'stripeIdempotentTrigger',
			displayName: 'Stripe Idempotent Trigger',
			version: 1,
			group: ['trigger'],
			inputs: [],
			outputs: ['main'],
			webhooks: [{ name: 'default', httpMethod: 'POST', path: 'webhook' }],
		});
		expect(trigger.description).not.toHaveProperty('usableAsTool');
		expect(trigger.description.credentials).toMatchObject(
			['stripeIdempotentApi', 'postgres', 'redis'].map((name) => ({ name, required: true })),
		);
		expect(trigger.description.properties.map(({ name }) => name)).toEqual(
			expect.arrayContaining(['endpoint', 'events', 'ledger', 'ledgerFile', 'options']),
		);
		const collection = options('options')!.map(({ name }) => name);
		expect(collection).toEqual([...collection].sort((a, b) => labelIn(a).localeCompare(labelIn(b))));
	});

	/** By which the editor sorts. */
	function labelIn(name: string): string {
		const option = options('options')!.find((one) => one.name === name);
		return option && 'displayName' in option ? option.displayName : name;
	}

	it('offers events in words, sorted by them, with their names in Stripe', () => {
		const [all, ...events] = options('events')! as INodePropertyOptions[];
		expect(all!.value).toBe('*');
		const names = events.map(({ name }) => name);
		expect(names).toEqual([...new Set(names)].sort((a, b) => a.localeCompare(b)));
		for (const { name, value, description: text } of events) {
			if (name.endsWith(': All')) expect(value).toMatch(/^[a-z_.]+\.\*$/);
			else expect(text).toContain(`Stripe calls it ${String(value)}`);
		}
		const offered = events.map(({ value }) => value);
		expect(EVENTS_THAT_ARE_WAITED_FOR.filter((type) => !offered.includes(type))).toEqual([]);
		const words = (type: string) => events.find(({ value }) => value === type)?.name;
		expect(words('payment_intent.succeeded')).toBe('Payment Succeeded');
		expect(words('charge.dispute.created')).toBe('Dispute Created');
	});

	it('has its codex and its icons, and is in the package', () => {
		const folder = join(__dirname, '../../../nodes/StripeIdempotentTrigger');
		const codex = readFileSync(join(folder, 'StripeIdempotentTrigger.node.json'), 'utf8');
		expect(JSON.parse(codex)).toMatchObject({ node: `${packageJson.name}.${trigger.description.name}` });
		const { light, dark } = trigger.description.icon as { light: string; dark: string };
		for (const file of [light, dark]) {
			expect(readFileSync(join(folder, file.replace(/^file:/, '')), 'utf8')).toMatch(/^<svg/);
		}
		expect(packageJson.n8n.nodes).toContain(
			'dist/nodes/StripeIdempotentTrigger/StripeIdempotentTrigger.node.js',
		);
	});
});

describe('the files beside the node', () => {
	it('the codex lists where the node is found', () => {
		const codex = JSON.parse(
			readFileSync(join(NODE_FOLDER, 'StripeIdempotent.node.json'), 'utf8'),
		) as object;
		expect(codex).toMatchObject({
			node: `${packageJson.name}.${description.name}`,
			nodeVersion: '1.0',
			codexVersion: '1.0',
			categories: ['Finance & Accounting'],
		});
		expect(STRIPE_NODE).toBe(`${packageJson.name}.${description.name}`);
	});

	it('the icons exist, in light and dark', () => {
		const icons = [description.icon, new StripeIdempotentApi().icon] as { light: string; dark: string }[];
		for (const icon of icons) {
			for (const file of [icon.light, icon.dark]) {
				const name = file.replace(/^file:(?:\.\.\/nodes\/StripeIdempotent\/)?/, '');
				expect(existsSync(join(NODE_FOLDER, name))).toBe(true);
				expect(readFileSync(join(NODE_FOLDER, name), 'utf8')).toMatch(/^<svg/);
			}
		}
	});

	it.each([
		['StripeIdempotent', ['checkout', 'payment link', 'ledger', 'reconcile', 'duplicates']],
		['IdempotencyRegistry', ['ledger', 'audit', 'reconcile']],
		['StripeIdempotentTrigger', ['webhook', 'checkout']],
	])('%s is found by the words that people search for', (node, searched) => {
		const path = join(__dirname, '../../../nodes', node, `${node}.node.json`);
		const { alias } = JSON.parse(readFileSync(path, 'utf8')) as { alias: string[] };
		expect(alias).toEqual(expect.arrayContaining(searched));
	});

	it('the package contains the pages and examples that its README links', () => {
		const readme = readFileSync(join(__dirname, '../../../README.md'), 'utf8');
		const led = [...readme.matchAll(/\]\((docs|examples)\/([^)#]+)/g)].map(
			([, room, file]) => `${room}/${file}`,
		);
		expect(led.length).toBeGreaterThan(10);
		const shipped = packageJson.files.map((pattern) => pattern.replace('*', ''));
		for (const path of led) {
			expect(existsSync(join(__dirname, '../../..', path))).toBe(true);
			expect(
				shipped.some((part) => path.startsWith(part) || path.endsWith(part.replace('examples/', ''))),
			).toBe(true);
		}
	});

	it('the package lists its contents', () => {
		const { nodes, credentials } = packageJson.n8n;
		expect(nodes).toContain('dist/nodes/StripeIdempotent/StripeIdempotent.node.js');
		expect(credentials).toContain('dist/credentials/StripeIdempotentApi.credentials.js');
	});
});
