import type { INodeParameters } from 'n8n-workflow';

import { REGISTRY_RESOURCES } from '../../../nodes/IdempotencyRegistry/resources.ts';
import type { AgentStyle } from '../../engine';
import { RegistryFixture, RESERVE } from '../fixtures/registryFixture';
import { CHARGE, withCustomKey, OrdersFixture } from '../fixtures/ordersFixture';

/** Decided by people: whatever a workflow's author has made of it, a model cannot. */
const BY_PEOPLE = ['approve', 'resume', 'retry', 'settle', 'purge', 'forget', 'adopt'];

it('operations for people are marked in the table, and nothing else is', () => {
	const operations = REGISTRY_RESOURCES.flatMap((of) => of.operations);
	const marked = operations
		.filter(({ humanOnly: decidedByPeople }) => decidedByPeople)
		.map(({ value }) => value);
	const known = operations.map(({ value }) => value).filter((value) => BY_PEOPLE.includes(value));
	expect(marked.sort()).toEqual(known.sort());
});

describe.each<AgentStyle>(['engine', 'invoke'])('called by a model (%s)', (agent) => {
	let registry: RegistryFixture;
	let fixture: OrdersFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
		fixture = await OrdersFixture.open();
	});
	afterEach(async () => {
		await registry.close();
		await fixture.close();
	});

	const PEOPLE = REGISTRY_RESOURCES.flatMap((of) =>
		of.operations.flatMap(({ value, humanOnly: decidedByPeople }) =>
			decidedByPeople ? [{ resource: of.value, operation: value }] : [],
		),
	);
	const FILLED = {
		reservation: 'x',
		by: 'the boss',
		findBy: 'entryId',
		entry: 'v1_x',
		verdict: 'done',
		objectId: 'pi_1',
		mostEntries: 1,
	};

	it.each(PEOPLE)(
		'$resource: $operation is not executed, and the model gets the response that a person has to do it',
		async (chosen) => {
			const [answer] = await registry.asTool({ ...FILLED, ...chosen }, [{}], { agent });
			expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_for_models', retryable: false });
			expect(answer!.message).toMatch(/never by a model\.$/);
			expect(answer!.nextStep).toMatch(/^Tell the user that it [^.]+\.$/);
		},
	);

	it.each(PEOPLE)(
		'$resource: $operation is not executed when the model names it itself',
		async (chosen) => {
			const parameters = {
				...FILLED,
				resource: chosen.resource,
				operation: "={{ $fromAI('op', '', 'string') }}",
			};
			const [answer] = await registry.asTool(parameters, [{ op: chosen.operation }], { agent });
			expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_for_models' });
		},
	);

	const TOOL: INodeParameters = {
		...CHARGE,
		amount: 1999,
		currency: 'EUR',
		paymentMethod: 'pm_card_visa',
		...withCustomKey("={{ $fromAI('invoice', 'Number') }}"),
	};
	const pay = async (parameters: INodeParameters, args: object = {}) => {
		const call = { invoice: 'INV-1', x: false, ...args };
		const { answers } = await fixture.asTool({ ...TOOL, ...parameters }, [call], { agent });
		return answers[0]!.items[0]!;
	};

	it.each<[string, INodeParameters]>([
		['nothing is chosen', {}],
		['it is on', { options: { requireToken: true } }],
		['an expression returns false', { options: { requireToken: '={{ false }}' } }],
		['a text is false', { options: { requireToken: 'false' } }],
		['a variable is false', { options: { requireToken: "={{ $vars.x === 'y' }}" } }],
	])('no payment is made without a token where %s', async (_what, parameters) => {
		const answer = await pay(parameters);
		expect(answer).toMatchObject({ outcome: 'blocked', reason: 'token_required', retryable: false });
		expect(fixture.charges()).toBe(0);
	});

	it("a person's decision to turn Require Token off is obeyed", async () => {
		expect(await pay({ options: { requireToken: false } })).toMatchObject({ outcome: 'succeeded' });
	});

	it.each<[string, INodeParameters]>([
		['Require Token', { options: { requireToken: "={{ $fromAI('x') }}" } }],
		['Require Token', { options: { requireToken: '={{ $json.x }}' } }],
		['Require Token', { options: { requireToken: '={{ $input.item.json.x }}' } }],
		['Stripe Account', { options: { requireToken: false, stripeAccount: "={{ $fromAI('x') }}" } }],
		['After Rejection', { options: { requireToken: false, afterRejection: '={{ $json.x }}' } }],
		['Charge Once Per', { keySource: "={{ $fromAI('x') }}", options: { requireToken: false } }],
		['Ledger', { ledger: "={{ $fromAI('x') }}", options: { requireToken: false } }],
		['Ledger File', { ledgerFile: '=/tmp/{{ $fromAI("x") }}.sqlite', options: { requireToken: false } }],
		[
			'Ledger File',
			{ ledgerFile: '={{ ((a) => a[0])([$FROMAI("x")]) }}', options: { requireToken: false } },
		],
	])(
		"%s must be filled in by a person, however deep the model's expression is nested",
		async (label, parameters) => {
			const answer = await pay(parameters, { x: 'anything' });
			expect(answer).toMatchObject({ outcome: 'refused', retryable: false });
			expect(answer.message).toBe(`[Item 0] ${label} is filled in by the model.`);
			expect(fixture.simulator.requests).toEqual([]);
		},
	);

	it.each<[string, INodeParameters]>([
		['Limits', { limits: { limit: [{ currency: 'EUR', maxPerPayment: '={{ $json.most }}' }] } }],
		['Session', { session: '={{ $json.sessionId }}' }],
		['Agent', { agent: '={{ $input.first().json.agent }}' }],
		['Max per Session', { maxPerSession: '={{ $json.most }}' }],
	])(
		'of Reserve, %s must be filled in by a person, even if the item contains it',
		async (label, parameters) => {
			const reserve = { ...RESERVE, amount: 1999, currency: 'EUR', customer: '', purpose: 'x' };
			const own = {
				agent: 'shop',
				session: '',
				...withCustomKey("={{ $fromAI('invoice') }}"),
				...parameters,
			};
			const args = { invoice: '1', most: '999999', sessionId: 'new', agent: 'other' };
			const [answer] = await registry.asTool({ ...reserve, ...own }, [args], { agent });
			expect(answer).toMatchObject({ outcome: 'refused' });
			expect(answer!.message).toMatch(new RegExp(`${label} is filled in by the model, which`));
		},
	);
});
