import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { AgentStyle } from '../../engine';
import { toolTwin } from '../../engine/toolTwin';
import { CLASS_FACTS } from '../../../nodes/StripeIdempotent/oncePer';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import {
	CHARGE,
	EMPTY_CARD,
	withCustomKey,
	withOptions,
	toLocator,
	OrdersFixture,
} from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** What the model fills in: the invoice is the key, so that it is one decision however often the model asks. */
const TOOL: INodeParameters = {
	...CHARGE,
	amount: "={{ $fromAI('amount', 'Amount in cents', 'number') }}",
	currency: 'EUR',
	paymentMethod: "={{ $fromAI('card', 'Payment method', 'string', 'pm_card_visa') }}",
	...withCustomKey("={{ $fromAI('invoice', 'Number of the invoice') }}"),
};

/** What is given without a token is given only where a person has said so. */
const WITHOUT_TOKEN = { options: { requireToken: false } };

const INVOICE = { invoice: 'INV-1', amount: 1999 };

describe.each<AgentStyle>(['engine', 'invoke'])('called by an agent (%s)', (agent) => {
	async function call(args: IDataObject | IDataObject[], parameters: INodeParameters = {}) {
		const options = { requireToken: false, ...(parameters.options as object | undefined) };
		const result = await fixture.asTool({ ...TOOL, ...parameters, options }, args, { agent });
		expect(result.status).toBe('success');
		expect(result.answers.map(({ error }) => error)).toEqual([args].flat().map(() => undefined));
		return result.answers.map(({ items }) => {
			expect(items).toHaveLength(1);
			// n8n runs a node again by itself when its first item has a truthy `error`.
			expect(items[0]).not.toHaveProperty('error');
			return items[0]!;
		});
	}

	/** n8n's own schema refuses what is missing for older agents; whatever comes through is refused by the node. */
	async function expectRefused(args: IDataObject, parameters: INodeParameters) {
		const { answers } = await fixture.asTool({ ...TOOL, ...parameters, ...WITHOUT_TOKEN }, args, {
			agent,
		});
		expect(answers).toHaveLength(1);
		const { error, items } = answers[0]!;
		if (error !== undefined) expect(error).toMatch(/did not match expected schema/);
		else expect(items).toMatchObject([{ outcome: 'refused', nextStep: expect.any(String) as string }]);
	}

	it('it reports that the payment is completed', async () => {
		const [answer] = await call(INVOICE);
		expect(answer).toMatchObject({
			outcome: 'succeeded',
			status: 'succeeded',
			amount: 1999,
			nextStep: `Completed (${answer!.id as string}). Tell the user, and do not do it again.`,
			idempotency: { replayed: false, state: 'succeeded' },
		});
		expect(fixture.charges()).toBe(1);
	});

	it.each([{}, { amount: null }, { amount: '' }, { amount: ' ' }, { amount: 'undefined' }])(
		'a refund whose amount the model leaves out, %j, refunds nothing',
		async (args) => {
			const [paid] = await call(INVOICE);
			const refund = {
				resource: 'refund',
				operation: 'create',
				refundOf: 'paymentIntent',
				paymentIntent: toLocator('id', "={{ $fromAI('payment') }}"),
				...withCustomKey("={{ $fromAI('reason') }}"),
			};
			await expectRefused({ ...args, payment: paid!.id, reason: 'r1' }, refund);
			expect(fixture.simulator.report().refunds).toEqual([]);
		},
	);

	it.each(['paymentIntent', 'paymentMethod', 'currency'])(
		'%s that the model leaves out is not guessed',
		async (parameter) => {
			const written = "={{ $fromAI('left_out') }}";
			const confirm = {
				resource: 'paymentIntent',
				operation: parameter === 'currency' ? 'create' : 'confirm',
				paymentIntent: toLocator('id', 'pi_1'),
				paymentMethod: 'pm_card_visa',
				[parameter]: parameter === 'paymentIntent' ? toLocator('id', written) : written,
			};
			await expectRefused(INVOICE, confirm);
			expect(fixture.simulator.sends()).toEqual([]);
		},
	);

	it('five calls in a loop charge once, and each reports it', async () => {
		const answers = await call(Array.from({ length: 5 }, () => INVOICE));
		expect(fixture.charges()).toBe(1);
		const [first, ...others] = answers;
		expect(first!.nextStep).toMatch(/^Completed \(pi_\w+\). Tell the user, and do not do it again\.$/);
		expect(others).toHaveLength(4);
		for (const other of others) {
			expect(other).toMatchObject({
				outcome: 'succeeded',
				id: first!.id,
				idempotency: { replayed: true },
			});
			expect(other.nextStep).toMatch(
				/^This was already completed \(pi_\w+\), and nothing was executed twice\. Tell the user, and do not do it again\.$/,
			);
		}
	});

	it('a limit per run is refused, because each call would have one of its own', async () => {
		const answers = await call([INVOICE, { ...INVOICE, invoice: 'INV-2' }], {
			options: { chargeAtMostPerRun: '20 EUR' },
		});
		for (const answer of answers) {
			expect(answer).toMatchObject({ outcome: 'refused' });
			expect(JSON.stringify(answer)).toMatch(/Charge at Most per Run would apply to each call/);
		}
		expect(fixture.charges()).toBe(0);
	});

	it('a decline is returned as a response, with what to do', async () => {
		const [answer] = await call({ ...INVOICE, card: EMPTY_CARD });
		expect(answer).toMatchObject({
			outcome: 'rejected',
			message: '[Item 0] The payment was declined: Your card has insufficient funds.',
			nextStep: 'Tell the user that the payment was declined, and ask for a different payment method.',
			retryable: false,
			details: { statusCode: 402, declineCode: 'insufficient_funds' },
			idempotency: { state: 'rejected' },
		});
	});

	it('a server error is returned as a response, and the call may be repeated', async () => {
		fixture.simulator.inject({ kind: 'error503', times: 3 });
		const [lost, done] = await call([INVOICE, INVOICE]);
		const { firstSentAt } = lost!.idempotency as { firstSentAt: string };
		expect(lost).toMatchObject({
			outcome: 'unknown',
			retryable: true,
			details: { statusCode: 503 },
			retryBefore: new Date(Date.parse(firstSentAt) + 23 * 3_600_000).toISOString(),
			nextStep:
				'Call this tool again with exactly the same arguments: nothing is charged twice, but a new payment would be a second charge.',
		});
		expect(done).toMatchObject({ outcome: 'succeeded' });
		expect(fixture.charges()).toBe(1);
	});

	it.each(['resetAfter', 'resetBefore', 'cutBody', 'html502', 'rateLimit429', 'lockTimeout429'] as const)(
		'a call that fails (%s) returns a response that the model can act on, and the same call again charges once',
		async (kind) => {
			fixture.simulator.inject({ kind, times: 3 });
			const [failed, done] = await call([INVOICE, INVOICE], withOptions({ maxRetries: 2 }));
			expect(failed).toMatchObject({
				outcome: expect.stringMatching(/^(?:unknown|busy|rate_limited)$/) as string,
				message: expect.stringMatching(/^\[Item 0\] .{10,}/) as string,
				retryable: true,
				nextStep: expect.stringMatching(/again with exactly the same arguments/) as string,
			});
			expect(done).toMatchObject({ outcome: 'succeeded', amount: 1999 });
			expect(fixture.charges()).toBe(1);
		},
	);

	it('a server error is returned as a response even if the workflow would stop for it', async () => {
		fixture.simulator.inject({ kind: 'error503', times: Infinity });
		const [lost] = await call(INVOICE, withOptions({ serverErrors: 'throw' }));
		expect(lost).toMatchObject({ outcome: 'unknown' });
	});

	it('duplicates reach the model even if they have an output of their own', async () => {
		const answers = await call([INVOICE, INVOICE], withOptions({ duplicates: 'output' }));
		expect(answers[1]).toMatchObject({ outcome: 'succeeded', idempotency: { replayed: true } });
	});

	it('a missing key is reported by name', async () => {
		const [answer] = await call({ amount: 1999, invoice: '' });
		expect(answer).toMatchObject({ outcome: 'missing_key', retryable: false });
		expect(answer!.message).toMatch(/^\[Item 0\] Custom Value is empty/);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('a different amount for the same invoice is refused before any call', async () => {
		const [, answer] = await call([INVOICE, { ...INVOICE, amount: 2999 }]);
		expect(answer).toMatchObject({ outcome: 'conflict', retryable: false });
		expect(answer!.message).toContain('Amount: 19.99 EUR → 29.99 EUR');
		expect(fixture.charges()).toBe(1);
	});

	it('the model reads our outcome of a charge whose own fields include an outcome', async () => {
		const { stripe } = fixture;
		const { id } = await stripe.charges.create({ amount: 500, currency: 'eur', source: 'tok_visa' });
		const update = { resource: 'charge', operation: 'update', charge: toLocator('id', id) };
		const [answer] = await call(INVOICE, { ...update, additionalFields: { description: 'x' } });
		expect(answer).toMatchObject({ id, outcome: 'succeeded' });
	});

	it('a read that finds nothing reports it, instead of an empty response', async () => {
		const search = { resource: 'customer', operation: 'search', query: "email:'nobody@example.com'" };
		const [answer] = await call(INVOICE, search);
		expect(answer).toEqual({
			outcome: 'succeeded',
			found: 0,
			nextStep: 'Nothing was found. Search does not show objects of the last minute yet.',
		});
	});

	it('a read returns the objects themselves', async () => {
		const { id } = await fixture.stripe.customers.create({ email: 'ada@example.com' });
		const get = { resource: 'customer', operation: 'get', customer: toLocator('id', id) };
		const [answer] = await call(INVOICE, get);
		expect(answer).toMatchObject({ id, email: 'ada@example.com' });
		expect(answer).not.toHaveProperty('idempotency');
	});
});

it('no secret reaches the model', async () => {
	const tool = { ...TOOL, options: { requireToken: false } };
	const { answers } = await fixture.asTool(tool, [INVOICE, { ...INVOICE, card: 'sk_live_51AbCd' }]);
	expect(JSON.stringify(answers)).not.toMatch(/_secret_|"[^"]*message[^"]*":[^}]*sk_live_51/);
});

describe('the tool in the editor', () => {
	const { description } = toolTwin(new StripeIdempotent());

	it('has parameters that a model can fill in', () => {
		const fillable = description.properties.filter(
			({ type, noDataExpression }) =>
				!noDataExpression && ['string', 'number', 'boolean'].includes(type),
		);
		const names = new Set(fillable.map(({ name }) => name));
		for (const name of ['amount', 'currency', 'customKey', 'paymentMethod', 'confirm', 'query', 'limit'])
			expect(names).toContain(name);
	});

	/** As n8n tells it to the model. */
	async function descriptionOf(resource: string, operation: string): Promise<string> {
		const { tools } = await fixture.asTool({ resource, operation }, [], { agent: 'invoke' });
		return tools[0]!;
	}

	it.each([
		['charge', 'get', 'Stripe: get (charge). Only reads: it changes nothing.'],
		['account', 'findDuplicates', 'Stripe: find duplicates (account). Only reads: it changes nothing.'],
		[
			'refund',
			'create',
			'Stripe: create (refund). Can move money. Creates one object per key: with the same key again, nothing more is created.',
		],
		[
			'invoice',
			'void',
			'Stripe: void (invoice). Cannot be undone. Runs once per object, however often it is called.',
		],
		[
			'subscription',
			'changePlan',
			'Stripe: change plan (subscription). Can move money. Runs once per object and key: with the same key again, nothing changes.',
		],
		[
			'dispute',
			'accept',
			'Stripe: accept (dispute). Only a person can do this: called by a model, it is always refused.',
		],
	])('describes for the model what %s %s does, and how often', async (resource, operation, text) => {
		expect(await descriptionOf(resource, operation)).toBe(text);
	});

	it('describes every operation by its class', async () => {
		for (const { value: resource, operations } of STRIPE_RESOURCES) {
			for (const operation of operations) {
				const text = await descriptionOf(resource, operation.value);
				const byClass =
					operation.kind !== 'write'
						? /Only reads|Only a person/
						: operation.byPersonOnly === true
							? /Only a person/
							: new RegExp(CLASS_FACTS[operation.class].forModel);
				expect(text).toMatch(byClass);
			}
		}
	});

	it('uses the description of a person who writes one', async () => {
		const written = { resource: 'charge', operation: 'get', toolDescription: 'Look up a charge' };
		const { tools } = await fixture.asTool(written, [], { agent: 'invoke' });
		expect(tools).toEqual(['Look up a charge']);
	});

	it('has its description field only in the editor of a tool', () => {
		const [own] = description.properties.filter(({ name }) => name === 'toolDescription');
		expect(own?.displayOptions).toEqual({ show: { '@tool': [true] } });
	});
});
