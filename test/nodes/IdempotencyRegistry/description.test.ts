import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type {
	INode,
	INodeParameters,
	INodeProperties,
	INodePropertyCollection,
	INodeType,
} from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';

import { IdempotencyRegistry } from '../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { REGISTRY_RESOURCES } from '../../../nodes/IdempotencyRegistry/resources.ts';
import { OUTPUT_LABELS } from '../../../nodes/IdempotencyRegistry/output/result';
import packageJson from '../../../package.json';
import { repeat, sampleRows } from '../../crash/soak';
import { CLAIM_ORDER, RegistryFixture, REGISTRY_NODE, RESERVE } from '../fixtures/registryFixture';
import { CHARGE, STRIPE_NODE } from '../fixtures/ordersFixture';

const { description } = new IdempotencyRegistry();
const { properties } = description;
const FOLDER = join(__dirname, '../../../nodes/IdempotencyRegistry');

const OPERATIONS = REGISTRY_RESOURCES.flatMap(({ value: resource, operations }) =>
	operations.map((row) => ({ resource, operation: row.value, row })),
);

/** What the editor shows for these parameters, with defaults. */
function shown(parameters: INodeParameters): INodeParameters {
	const node = { typeVersion: 1, type: REGISTRY_NODE, parameters } as INode;
	return NodeHelpers.getNodeParameters(properties, parameters, true, false, node, description) ?? {};
}

function credentialsShown(parameters: INodeParameters): string[] {
	const node = { typeVersion: 1 };
	const all = shown(parameters);
	return (description.credentials ?? [])
		.filter((one) => NodeHelpers.displayParameter(all, one, node, description))
		.map(({ name }) => name);
}

/** What n8n's editor and engine make of the description's expression. */
function outputsOf(parameters: INodeParameters): unknown[] {
	const node = { id: '1', name: 'Node', type: REGISTRY_NODE, typeVersion: 1, position: [0, 0], parameters };
	const nodeType = { description } as INodeType;
	const nodeTypes = {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	};
	const workflow = new Workflow({ nodes: [node as INode], connections: {}, active: false, nodeTypes });
	return NodeHelpers.getNodeOutputs(workflow, workflow.getNode('Node')!, description);
}

describe('names that workflows depend on', () => {
	it('are the node’s', () => {
		expect(description).toMatchObject({
			name: 'idempotencyRegistry',
			displayName: 'Idempotency Registry',
			version: 1,
			usableAsTool: true,
		});
	});

	it.each([
		['key', ['claim', 'complete', 'reject', 'release']],
		['token', ['approve', 'deny', 'reserve', 'resume', 'revoke', 'stop']],
	])('are the operations of %s', (resource, operations) => {
		const rows = OPERATIONS.filter((row) => row.resource === resource);
		expect(rows.map(({ operation }) => operation).sort()).toEqual(operations);
	});

	it.each([
		['key', 'claim', ['Proceed', 'Already Done', 'Busy', 'Refused']],
		['key', 'complete', ['Done', 'Refused']],
		['token', 'reserve', ['Reserved', 'Waiting', 'Refused']],
		['token', 'approve', ['Done', 'Refused']],
	])('are the outputs of %s %s', (resource, operation, labels) => {
		expect(outputsOf({ resource, operation })).toEqual(
			labels.map((displayName) => ({ type: 'main', displayName })),
		);
	});

	it('of a new node look up an entry, which changes nothing', () => {
		expect(shown({})).toMatchObject({ resource: 'entry', operation: 'get', ledger: 'localFile' });
	});

	it.each(OPERATIONS)(
		'Options of $resource $operation are never an empty list',
		({ resource, operation }) => {
			for (const ledger of ['localFile', 'postgres', 'redis', 'staticData']) {
				const parameters: INodeParameters = { resource, operation, ledger };
				if (!('options' in shown(parameters))) continue;
				const node = { typeVersion: 1, type: REGISTRY_NODE, parameters } as INode;
				const lists = properties.filter(
					(property) =>
						property.name === 'options' &&
						NodeHelpers.displayParameter(parameters, property, node, description),
				);
				const choices = lists.flatMap(({ options = [] }) => options as INodeProperties[]);
				const offered = choices.filter(
					({ displayOptions }) => displayOptions?.show?.['/ledger']?.includes(ledger) ?? true,
				);
				expect(offered).not.toEqual([]);
			}
		},
	);

	it('are a claim by default', () => {
		expect(shown({ resource: 'key' })).toMatchObject({
			resource: 'key',
			operation: 'claim',
			action: '',
			request: '{}',
			keySource: 'fields',
			ledger: 'localFile',
			ledgerFile: '',
			options: {},
		});
		expect(shown({ resource: 'token' })).toMatchObject({
			operation: 'reserve',
			intentOperation: 'paymentIntent.create',
			amount: '',
			amountIsMaximum: false,
			allowedOperations: [],
			limits: {},
			maxPerSession: 0,
		});
	});
});

describe('the table', () => {
	it.each(OPERATIONS)('$resource $operation ends with Refused, and names its outputs', ({ row, ...of }) => {
		expect(row.outputs.at(-1)).toBe('refused');
		expect(outputsOf(of)).toEqual(
			row.outputs.map((name) => ({ type: 'main', displayName: OUTPUT_LABELS[name] })),
		);
	});

	it.each(OPERATIONS)('$resource $operation has its options sorted', ({ resource, operation }) => {
		const [collection] = properties.filter(
			({ name, displayOptions: { show } = {} }) =>
				name === 'options' &&
				show?.resource?.includes(resource) &&
				show.operation?.includes(operation),
		);
		const labels = (collection!.options as INodeProperties[]).map(({ displayName }) => displayName);
		expect(labels).toEqual([...labels].sort((a, b) => a.localeCompare(b)));
	});

	it('requires a Stripe credential only for reservations and for requests to Stripe', () => {
		const asking = OPERATIONS.filter(({ row: _row, ...of }) =>
			credentialsShown(of).includes('stripeIdempotentApi'),
		);
		expect(asking.map(({ operation }) => operation)).toEqual([
			'reconcile',
			'retry',
			'settle',
			'adopt',
			'reserve',
		]);
		expect(credentialsShown({ ...CLAIM_ORDER, ledger: 'postgres' })).toEqual(['postgres']);
		expect(credentialsShown({ ...RESERVE, ledger: 'redis' })).toEqual(['stripeIdempotentApi', 'redis']);
	});

	it.each([
		['token', 'reserve', ['Number', 'Text']],
		['key', 'claim', ['Day', 'Hour', 'Minute', 'Number', 'Text']],
	])('%s %s offers the treatments of a key field that it accepts', (resource, operation, names) => {
		const [keyFields] = properties.filter(
			({ name, displayOptions: { show } = {} }) =>
				name === 'keyFields' &&
				show?.resource?.includes(resource) &&
				show.operation?.includes(operation),
		);
		const [{ values }] = keyFields!.options as [INodePropertyCollection];
		const treatAs = values.find(({ name }) => name === 'treatAs');
		expect(treatAs?.options?.map(({ name }) => name)).toEqual(names);
	});

	it('shows the payment to act on only for operations on one', () => {
		const isShown = (intentOperation: string) => 'object' in shown({ ...RESERVE, intentOperation });
		expect(isShown('paymentIntent.create')).toBe(false);
		for (const acting of [
			'refund.create',
			'paymentIntent.confirm',
			'paymentIntent.capture',
			'charge.capture',
		])
			expect(isShown(acting)).toBe(true);
	});
});

/** Every combination of parameters that shows another parameter. */
const VARIANTS: INodeParameters[] = [
	{},
	{ keyFields: { field: [{ path: 'order', treatAs: 'day' }] } },
	{ keySource: 'event' },
	{ keySource: 'custom' },
	{ intentOperation: 'refund.create' },
	{ findBy: 'entryId' },
	{ findBy: 'key' },
	{ findBy: 'object' },
	{ which: 'unknown' },
	{ which: 'unknown', returnAll: true },
	{ verdict: 'notDone' },
	{ which: 'due' },
	{ which: 'due', returnAll: true },
	{ adoptFrom: 'stripe', createdAfter: '2020-01-01' },
	{ ledger: 'staticData' },
	// Names that are refused before anybody connects.
	{ ledger: 'postgres', options: { ledgerTable: 'a;b' } },
	{ ledger: 'redis', options: { ledgerPrefix: 'a b' } },
];

const FILLED: INodeParameters = {
	action: 'shipment.create',
	eventId: 'e1',
	customKey: 'c1',
	keyFields: { field: [{ path: 'order' }] },
	amount: '5',
	amountUnit: 'major',
	currency: 'EUR',
	purpose: 'x',
	agent: 'x',
	object: 'pi_1',
	by: 'Ada',
	reason: 'x',
	allowedOperations: ['paymentIntent.create', 'refund.create'],
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '5000' }] },
	findBy: 'field',
	fieldValue: '={{ $json.order }}',
	entry: 'v1_a',
	idempotencyKey: 'n8n_v1_a',
	stripeObject: 'pi_1',
	objectId: 'pi_1',
	note: 'seen',
	reservation: `reservation_${'a'.repeat(43)}_${'b'.repeat(22)}`,
	claim: `claim_${Buffer.from(JSON.stringify([`v1_${'a'.repeat(43)}`, 1, 'x', 1])).toString('base64url')}`,
};

describe('no parameter is unused', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	/** The node in n8n's own context, which notes what is asked of it. */
	function listening(): { node: IdempotencyRegistry; readNames: Set<string> } {
		const node = new IdempotencyRegistry(registry.time);
		const readParameters = new Set<string>();
		const { execute } = node;
		node.execute = function () {
			const context = new Proxy(this, {
				get(target, name) {
					const member: unknown = Reflect.get(target, name);
					if (typeof member !== 'function') return member;
					return (...args: unknown[]) => {
						const result: unknown = member.apply(target, args);
						if (name !== 'getNodeParameter') return result;
						readParameters.add(String(args[0])).add(String(args[0]).split('.')[0]!);
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
			has(target, name) {
				readParameters.add(`options.${String(name)}`);
				return Reflect.has(target, name);
			},
			get(target, name) {
				readParameters.add(`options.${String(name)}`);
				return Reflect.get(target, name) as unknown;
			},
		});
	}

	/** Something to find: most of what is asked of an entry is asked of one that is unknown. */
	async function lost(order: string): Promise<void> {
		registry.fixture.stripe.inject({ kind: 'resetBefore' });
		await registry.one({ ...CHARGE, options: { maxRetries: 0 } }, { order }, { type: STRIPE_NODE });
	}

	it.each(sampleRows(6, OPERATIONS))('$resource $operation', async ({ row, ...chosen }) => {
		const { node, readNames: readParameters } = listening();
		const visible = new Set<string>();
		const never = ['staticDataNotice', 'credentials'];
		const offered = [...(row.options ?? []).map(({ name }) => name), 'ledgerTable', 'ledgerPrefix'];
		const unreadParameters = () => [
			...[...visible].filter((name) => !readParameters.has(name) && !never.includes(name)),
			...offered.map((name) => `options.${name}`).filter((name) => !readParameters.has(name)),
		];
		for (const [turn, variant] of VARIANTS.entries()) {
			const order = String(turn);
			const parameters = { ...FILLED, ...chosen, ...variant };
			for (const name of Object.keys(shown(parameters))) visible.add(name);
			// In the short form, what shows nothing that has not been asked for can find nothing.
			if (repeat(0, 1) === 0 && unreadParameters().length === 0) continue;
			if (chosen.resource === 'entry') await lost(order);
			const result = await registry.run(parameters, [{ order }], {
				nodeTypes: { [REGISTRY_NODE]: node },
			});
			expect(result.error).toBeUndefined();
		}
		expect(unreadParameters()).toEqual([]);
	});
});

describe('the files beside the node', () => {
	it('the codex lists where the node is found', () => {
		const codex = readFileSync(join(FOLDER, 'IdempotencyRegistry.node.json'), 'utf8');
		expect(JSON.parse(codex)).toMatchObject({
			node: `${packageJson.name}.${description.name}`,
			categories: ['Finance & Accounting'],
		});
		expect(REGISTRY_NODE).toBe(`${packageJson.name}.${description.name}`);
	});

	it('the icons exist, in light and dark', () => {
		const { light, dark } = description.icon as { light: string; dark: string };
		for (const file of [light, dark].map((name) => join(FOLDER, name.replace(/^file:/, '')))) {
			expect(existsSync(file)).toBe(true);
			expect(readFileSync(file, 'utf8')).toMatch(/^<svg/);
		}
	});

	it('the package names it', () => {
		expect(packageJson.n8n.nodes).toContain('dist/nodes/IdempotencyRegistry/IdempotencyRegistry.node.js');
	});
});

describe('hints', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	it.each<[string, INodeParameters]>([
		['a claim', CLAIM_ORDER],
		['a reservation', RESERVE],
	])('report the period of a key for %s if it is the day', async (_what, parameters) => {
		const daily = { keySource: 'custom', customKey: '={{ $json.customer }}-{{ $today.toISODate() }}' };
		const { hints } = await registry.run({ ...parameters, ...daily }, [{ customer: 'cus_1' }]);
		expect(
			hints('Node')
				.map(({ message }) => message)
				.join(),
		).toMatch(/day/i);
	});

	it.each<[string, INodeParameters]>([
		['a claim', CLAIM_ORDER],
		['a reservation', RESERVE],
	])(
		'are not enough for %s with a key that differs in every run: it is refused',
		async (_what, parameters) => {
			const volatile = { keySource: 'custom', customKey: '={{ $execution.id }}' };
			const { json } = await registry.one({ ...parameters, ...volatile });
			expect(json.error).toMatchObject({ outcome: 'missing_key' });
			expect(json.error.message).toMatch(/Custom Value/);
		},
	);

	it('are absent if all is well', async () => {
		expect((await registry.run(CLAIM_ORDER, [{ order: '1' }])).hints('Node')).toEqual([]);
	});

	it('warn of static data in a manual run', async () => {
		const { hints } = await registry.run({ ...CLAIM_ORDER, ledger: 'staticData' }, [{ order: '1' }], {
			mode: 'manual',
		});
		expect(hints('Node')[0]?.message).toMatch(/does not save Workflow Static Data/);
	});
});
