import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { RegistryOutputItem } from '../../fixtures/registryFixture';
import { decide, RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { EMPTY_CARD, STRIPE_NODE } from '../../fixtures/ordersFixture';

const HOUR = 3_600_000;
const [RESERVED, WAITING, REFUSED] = [0, 1, 2];
const CREDENTIAL = { keySecret: 'a secret of the shop' };

let made = 0;
let order: string;
beforeEach(() => {
	// Static data is guarded in the memory of the process, which all tests share.
	order = `order ${++made}`;
});

const limits = (...limit: INodeParameters[]): INodeParameters => ({ ...RESERVE, limits: { limit } });
const APPROVED_ABOVE = limits({ currency: 'EUR', maxPerPayment: '100000', approvalAbove: '1000' });

function refusalIn({ through, json }: { through: number; json: RegistryOutputItem }): IDataObject {
	expect(through).toBe(REFUSED);
	expect(json.error).toEqual(
		expect.objectContaining({
			outcome: expect.stringMatching(/^[a-z_]+$/) as string,
			reason: expect.stringMatching(/^[a-z_]+$/) as string,
			message: expect.stringMatching(/^\[Item 0\] .{10,}\.$/) as string,
			nextStep: expect.stringMatching(/^.{10,}\.$/) as string,
			retryable: expect.any(Boolean) as boolean,
		}),
	);
	return json.error;
}

/** The parameters that a workflow has whose items carry such fields; what is written as an expression has to give a value. */
const fieldsOf = (item: IDataObject): INodeParameters =>
	Object.fromEntries(
		['customer', 'session'].filter((name) => name in item).map((name) => [name, `={{ $json.${name} }}`]),
	);

describeEveryLedger((registry) => {
	const reserve = (
		item: IDataObject = {},
		parameters: INodeParameters = RESERVE,
		credential = CREDENTIAL,
	) => registry().one({ ...fieldsOf(item), ...parameters }, { order, ...item }, { credential });
	const pay = (item: IDataObject, parameters: INodeParameters = {}) =>
		registry().one({ ...PAY, ...parameters }, item, { type: STRIPE_NODE, credential: CREDENTIAL });
	const person = (operation: 'approve' | 'deny' | 'revoke', reservation: unknown) =>
		registry().one(decide(operation), { reservation } as IDataObject);

	describe('a reservation', () => {
		it('is a token for exactly one payment, described in words', async () => {
			const { through, json } = await reserve({
				customer: 'cus_1',
				purpose: 'Two chairs',
				session: 's1',
			});
			expect(through).toBe(RESERVED);
			expect(json).toMatchObject({
				order,
				outcome: 'reserved',
				token: expect.stringMatching(/^token_[\w-]{66}$/) as string,
				nextStep: expect.stringMatching(/with this token/) as string,
				reservation: {
					operation: 'paymentIntent.create',
					amount: 1999,
					inWords: '19.99 EUR',
					currency: 'eur',
					customer: 'cus_1',
					object: null,
					purpose: 'Two chairs',
					approval: 'not_needed',
					agent: 'shop',
					session: 's1',
					amountIsMaximum: false,
				},
				idempotency: { state: 'reserved', replayed: false },
			});
		});

		it('is the same for the same intent, however worded and however often', async () => {
			const { json } = await reserve({ purpose: 'Two chairs' });
			const again = await reserve({
				purpose: 'Payment for the chairs',
				amount: '1999',
				currency: ' eur ',
			});
			expect(again.through).toBe(RESERVED);
			expect(again.json.token).toBe(json.token);
		});

		it('records where it was requested, even if it was paid elsewhere', async () => {
			const requester = {
				workflowId: 'test-workflow',
				workflowName: 'Test workflow',
				executionId: '11',
			};
			const { json } = await registry().one(
				RESERVE,
				{ order },
				{ credential: CREDENTIAL, executionId: '11' },
			);
			expect(json.reservation).toMatchObject(requester);
			const paying = { type: STRIPE_NODE, credential: CREDENTIAL, executionId: '22' };
			await registry().one(PAY, { token: json.token }, paying);
			expect((await reserve()).json).toMatchObject({ outcome: 'already_done', reservation: requester });
			const GET = { resource: 'entry', operation: 'get', findBy: 'field', fieldValue: order };
			expect((await registry().one(GET)).json).toMatchObject({
				origin: { executionId: '22' },
				reservation: requester,
			});
		});

		it('with a different amount is a conflict that names both', async () => {
			await reserve();
			expect(refusalIn(await reserve({ amount: 2999 }))).toMatchObject({
				outcome: 'conflict',
				differences: [{ name: 'amount', stored: '1999', requested: '2999' }],
				message: expect.stringContaining('Amount: 19.99 EUR → 29.99 EUR') as string,
			});
		});

		it('pays once; later reservations and payments return what was paid', async () => {
			const { json } = await reserve();
			const paid = await pay({ token: json.token });
			expect(paid.json).toMatchObject({ status: 'succeeded', amount: 1999 });
			const again = await reserve();
			expect(again.json).toMatchObject({
				outcome: 'already_done',
				objectId: paid.json.id,
				nextStep: `Tell the user that this was already paid by payment ${paid.json.id}, and do not charge again.`,
				idempotency: { state: 'succeeded', replayed: true },
			});
			expect((await pay({ token: again.json.token })).json.id).toBe(paid.json.id);
			expect(registry().fixture.charges()).toBe(1);
		});

		it('that a node without tokens has paid is already completed', async () => {
			const unbound = {
				...PAY,
				keySource: 'fields',
				keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
			};
			const paid = await pay({ order }, unbound);
			expect(refusalIn(await reserve())).toMatchObject({
				outcome: 'already_done',
				objectId: paid.json.id,
				nextStep: expect.stringMatching(/already paid by payment pi_/) as string,
			});
		});

		it('that was declined returns the decline, and a person can start a new attempt', async () => {
			const { json } = await reserve();
			await pay({ token: json.token, card: EMPTY_CARD });
			expect(refusalIn(await reserve())).toMatchObject({
				outcome: 'rejected',
				reason: 'insufficient_funds',
			});
			const renewed = await reserve({}, { ...RESERVE, options: { afterRejection: 'newAttempt' } });
			expect(renewed.json).toMatchObject({ outcome: 'reserved', idempotency: { attempt: 2 } });
			expect((await pay({ token: renewed.json.token })).json.status).toBe('succeeded');
		});

		it('that expired unused can be made again', async () => {
			await reserve();
			registry().time.advance(25 * HOUR);
			expect((await reserve({ amount: 500 })).json).toMatchObject({ outcome: 'reserved' });
		});

		it('that expired unused is kept for its Retention', async () => {
			await reserve({}, { ...RESERVE, options: { retentionDays: 400 } });
			registry().time.advance(48 * HOUR);
			await registry().one({ resource: 'entry', operation: 'purge' });
			const GET = { resource: 'entry', operation: 'get', findBy: 'field', fieldValue: order };
			const { json } = await registry().one(GET);
			expect(json).toMatchObject({ state: 'cancelled', cancellation: { reason: 'expired' } });
			const left = Date.parse(json.expiresAt as string) - registry().time.now();
			expect(Math.ceil(left / (24 * HOUR))).toBe(400);
		});

		it('may stay below a reserved maximum', async () => {
			const { json } = await reserve({}, { ...RESERVE, amountIsMaximum: true });
			expect(json.reservation).toMatchObject({ amountIsMaximum: true, inWords: 'at most 19.99 EUR' });
			expect((await pay({ token: json.token, amount: 500 })).json).toMatchObject({ amount: 500 });
		});
	});

	describe('approval', () => {
		it('by a person, days later, makes the token valid', async () => {
			const { through, json } = await reserve({}, APPROVED_ABOVE);
			expect(through).toBe(WAITING);
			expect(json).toMatchObject({
				outcome: 'waiting_for_approval',
				reservation: { approval: 'waiting' },
			});
			const early = await pay({ token: json.token });
			expect(early.json.error).toMatchObject({ outcome: 'blocked' });
			registry().time.advance(5 * 24 * HOUR);
			const approved = await person('approve', (json.reservation as IDataObject).id);
			expect(approved).toMatchObject({
				through: 0,
				json: { outcome: 'approved', reservation: { approval: 'approved', approvedBy: 'Ada' } },
			});
			registry().time.advance(23 * HOUR);
			expect((await reserve({}, APPROVED_ABOVE)).json).toMatchObject({
				outcome: 'reserved',
				token: json.token,
			});
			expect((await pay({ token: json.token })).json.status).toBe('succeeded');
		});

		it('of an expired request is refused, whatever has been reserved for the same order since', async () => {
			const first = await reserve({}, APPROVED_ABOVE);
			registry().time.advance(8 * 24 * HOUR);
			const second = await reserve({ amount: 90_000 }, APPROVED_ABOVE);
			expect(second.through).toBe(WAITING);
			expect(second.json.token).not.toBe(first.json.token);
			for (const reservation of [(first.json.reservation as IDataObject).id, first.json.token])
				expect(await person('approve', reservation)).toMatchObject({
					through: 1,
					json: {
						error: {
							reason: 'question_over',
							message: expect.stringMatching(
								/expired or was already decided|This reservation is no longer open: /,
							) as string,
						},
					},
				});
			const paid = await pay({ token: first.json.token, amount: 90_000 });
			expect(paid.json.error.message).toMatch(
				/belongs to an earlier reservation that is no longer open/,
			);
			expect((await pay({ token: second.json.token, amount: 90_000 })).json.error).toMatchObject({
				outcome: 'blocked',
			});
			// Whoever drags the whole reservation into the field means the one that it names.
			expect((await person('approve', second.json.reservation)).through).toBe(0);
			expect((await pay({ token: second.json.token, amount: 90_000 })).json.status).toBe('succeeded');
			expect(registry().fixture.charges()).toBe(1);
		});

		it('after the expiry reports that the request has expired', async () => {
			const { json } = await reserve({}, APPROVED_ABOVE);
			registry().time.advance(8 * 24 * HOUR);
			const late = await person('approve', json.reservation);
			expect(late.json.error.message).toMatch(
				/This reservation is no longer open: The reservation expired at/,
			);
		});

		it('twice is harmless, and reports it', async () => {
			const { json } = await reserve({}, APPROVED_ABOVE);
			await person('approve', json.token);
			expect(await person('approve', json.token)).toMatchObject({
				through: 0,
				json: { outcome: 'already_approved', reservation: { approvedBy: 'Ada' } },
			});
		});

		it('is refused when the reservation has expired', async () => {
			const { json } = await reserve({}, APPROVED_ABOVE);
			registry().time.advance(8 * 24 * HOUR);
			const { through, json: late } = await person('approve', json.token);
			expect(through).toBe(1);
			expect(late.error.message).toMatch(/reservation expired at .* so it was not approved/);
		});

		it('is always required if Approval Above is 0, and never if it is empty', async () => {
			const row = { currency: 'EUR', maxPerPayment: '5000' };
			expect((await reserve({ amount: 1 }, limits({ ...row, approvalAbove: '0' }))).through).toBe(
				WAITING,
			);
			order += ' too';
			expect((await reserve({ amount: 5000 }, limits({ ...row, approvalAbove: '' }))).through).toBe(
				RESERVED,
			);
		});

		it.each([
			['deny', 'denied'],
			['revoke', 'revoked'],
		] as const)('%s invalidates the token, and records the person', async (operation, word) => {
			const { json } = await reserve({}, APPROVED_ABOVE);
			expect((await person(operation, json.token)).json.outcome).toBe(word);
			expect((await person(operation, json.token)).json.outcome).toBe(`already_${word}`);
			expect((await person('approve', json.token)).json.error).toMatchObject({ reason: word });
			expect((await pay({ token: json.token })).json.error).toMatchObject({ outcome: 'blocked' });
			expect(refusalIn(await reserve({}, APPROVED_ABOVE))).toMatchObject({
				outcome: 'blocked',
				reason: word,
				message: expect.stringMatching(/by Ada\.$/) as string,
			});
		});

		it('cannot be withdrawn after the payment', async () => {
			const { json } = await reserve();
			await pay({ token: json.token });
			const { through, json: left } = await person('revoke', json.token);
			expect(through).toBe(1);
			expect(left.error).toMatchObject({ outcome: 'refused', reason: 'succeeded' });
		});

		it.each([
			['an unissued token', `token_${'a'.repeat(43)}_${'b'.repeat(22)}`, 'not_found'],
			['a missing reservation', `reservation_${'a'.repeat(43)}_${'b'.repeat(22)}`, 'not_found'],
			['a bare entry ID', `v1_${'a'.repeat(43)}`, 'refused'],
			['nothing', '', 'refused'],
			['some words', 'the one of this morning', 'refused'],
			['an object', { all: true }, 'refused'],
		])('of %s is refused', async (_what, reservation, outcome) => {
			const { through, json } = await person('approve', reservation);
			expect([through, json.error.outcome]).toEqual([1, outcome]);
		});

		it('with an invented token of a real reservation approves nothing', async () => {
			const { json } = await reserve({}, APPROVED_ABOVE);
			const forged = `${json.token.slice(0, -22)}${'b'.repeat(22)}`;
			expect((await person('approve', forged)).json.error).toMatchObject({ reason: 'invalid_token' });
			expect((await reserve({}, APPROVED_ABOVE)).through).toBe(WAITING);
		});
	});

	describe('the policy', () => {
		const refusal = async (item: IDataObject, parameters: INodeParameters) =>
			refusalIn(await reserve(item, parameters));

		it('allows nothing without a row, without an operation, or in a different currency', async () => {
			expect(await refusal({}, { ...RESERVE, limits: {} })).toMatchObject({
				message: '[Item 0] Limits has no row, so nothing can be spent.',
			});
			expect(await refusal({}, { ...RESERVE, allowedOperations: '={{ [] }}' })).toMatchObject({
				message: '[Item 0] Allowed Operations is an expression that returned no value in this item.',
			});
			expect(await refusal({ currency: 'USD' }, RESERVE)).toMatchObject({
				outcome: 'not_allowed',
				reason: 'currency_not_allowed',
				allowed: ['EUR'],
			});
			expect(await refusal({}, { ...RESERVE, allowedOperations: ['refund.create'] })).toMatchObject({
				outcome: 'not_allowed',
				reason: 'operation_not_allowed',
			});
		});

		it('keeps each payment below its limit, to the minor unit', async () => {
			const parameters = limits({ currency: 'EUR', maxPerPayment: '1999' });
			expect(await refusal({ amount: 2000 }, parameters)).toMatchObject({
				outcome: 'not_allowed',
				reason: 'above_limit_per_payment',
				most: 1999,
				message: expect.stringContaining(
					'20.00 EUR exceeds the maximum for one payment: 19.99 EUR',
				) as string,
			});
			expect((await reserve({ amount: 1999 }, parameters)).through).toBe(RESERVED);
		});

		it('reads the amounts of the policy in the chosen unit', async () => {
			const parameters = {
				...limits({ currency: 'EUR', maxPerPayment: '19.99' }),
				amountUnit: 'major',
			};
			expect(await refusal({ amount: '20' }, parameters)).toMatchObject({ most: 1999 });
			expect((await reserve({ amount: '19.99' }, parameters)).json.reservation).toMatchObject({
				amount: 1999,
			});
		});

		it('is that of the requesting agent, even for an existing token', async () => {
			const may = (maxPerPayment: string) => limits({ currency: 'EUR', maxPerPayment });
			expect((await reserve({ agent: 'boss', amount: 900 }, may('900'))).through).toBe(RESERVED);
			const intern = await reserve({ agent: 'intern', amount: 900 }, may('10'));
			expect(refusalIn(intern)).toMatchObject({ reason: 'above_limit_per_payment' });
			expect(JSON.stringify(intern.json)).not.toMatch(/token_/);
			const { json } = await reserve({ agent: 'boss', amount: 900 }, may('900'));
			const paid = await pay({ token: json.token, amount: 900 });
			const after = refusalIn(await reserve({ agent: 'intern', amount: 900 }, may('10')));
			expect(after.nextStep).toContain(`already paid by payment ${paid.json.id}`);
		});

		it('allows only some customers', async () => {
			const parameters = { ...RESERVE, allowedCustomers: 'cus_1, cus_2' };
			const reason = 'customer_not_allowed';
			expect(await refusal({ customer: 'cus_3' }, parameters)).toMatchObject({ reason });
			expect(await refusal({}, parameters)).toMatchObject({ reason });
			expect((await reserve({ customer: 'cus_2' }, parameters)).through).toBe(RESERVED);
		});

		it('reports what is left of the day, and has room again on the next one', async () => {
			const agent = `agent of ${order}`;
			const parameters = limits({ currency: 'EUR', maxPerPayment: '5000', maxPerDay: '5000' });
			await reserve({ agent, amount: 3000 }, parameters);
			const [first] = [order];
			order += ', another';
			expect(await refusal({ agent, amount: 2001 }, parameters)).toMatchObject({
				outcome: 'over_limit',
				reason: 'limit_per_day',
				left: 2000,
				leftInWords: '20.00 EUR',
			});
			expect((await reserve({ agent, amount: 2000 }, parameters)).through).toBe(RESERVED);
			registry().time.advance(24 * HOUR);
			order = `${first}, tomorrow`;
			expect((await reserve({ agent, amount: 5000 }, parameters)).through).toBe(RESERVED);
		});

		it('counts the reservations of a session', async () => {
			const parameters = { ...RESERVE, maxPerSession: 2 };
			const session = order;
			for (const one of ['1', '2']) {
				order = `${session}, ${one}`;
				expect((await reserve({ session }, parameters)).through).toBe(RESERVED);
			}
			order = `${session}, 3`;
			expect(await refusal({ session }, parameters)).toMatchObject({
				outcome: 'over_limit',
				reason: 'limit_per_session',
				left: 0,
			});
			expect((await reserve({ session: `${session}, later` }, parameters)).through).toBe(RESERVED);
		});

		it('holds to the minor unit when a hundred reserve concurrently', async () => {
			const parameters = limits({ currency: 'EUR', maxPerPayment: '100', maxPerDay: '2500' });
			const item = (n: number) => ({ order: `${order}, ${n}`, agent: order, amount: 100 });
			const runs = Array.from({ length: 10 }, (_, run) =>
				registry().run(
					parameters,
					Array.from({ length: 10 }, (_item, n) => item(run * 10 + n)),
					{ credential: CREDENTIAL },
				),
			);
			const left = (await Promise.all(runs)).map(({ outputsOf }) =>
				outputsOf.map(({ length }) => length),
			);
			const [reserved, waiting, refused] = [0, 1, 2].map((output) =>
				left.reduce((sum, lengths) => sum + lengths[output]!, 0),
			);
			expect([reserved, waiting, refused]).toEqual([25, 0, 75]);
		});
	});

	describe('the kill switch', () => {
		const stop = { resource: 'token', operation: 'stop', by: 'Ada', reason: 'It pays too much' };
		const resume = { resource: 'token', operation: 'resume' };

		it('blocks reservations and tokens at once, states why, and can be lifted', async () => {
			const { json } = await reserve();
			try {
				expect((await registry().one(stop)).json).toMatchObject({
					outcome: 'stopped',
					decidedBy: 'Ada',
					reason: 'It pays too much',
				});
				expect(refusalIn(await reserve())).toMatchObject({
					outcome: 'blocked',
					reason: 'payments_stopped',
					message: '[Item 0] All payments by token were stopped by Ada: It pays too much.',
				});
				expect((await pay({ token: json.token })).json.error).toMatchObject({ outcome: 'blocked' });
				// Whoever came first stands as the one who has stopped it.
				expect((await registry().one({ ...stop, by: 'Bob' })).json.decidedBy).toBe('Ada');
			} finally {
				expect((await registry().one(resume)).json.outcome).toBe('resumed');
			}
			expect((await reserve()).json.token).toBe(json.token);
			expect((await pay({ token: json.token })).json.status).toBe('succeeded');
		});
	});
});

describe('a ledger that cannot issue tokens', () => {
	it('static data without a secret issues no token, and states what to do', async () => {
		const registry = await RegistryFixture.open({ parameters: { ledger: 'staticData' } });
		try {
			expect(refusalIn(await registry.one(RESERVE, { order }))).toMatchObject({
				reason: 'no_secret',
				nextStep: expect.stringContaining('HMAC Secret') as string,
			});
		} finally {
			await registry.close();
		}
	});

	it.each<[string, INodeParameters]>([
		['reserve', RESERVE],
		['approve', { ...decide('approve'), reservation: `reservation_${'a'.repeat(43)}_${'b'.repeat(22)}` }],
		['stop', { resource: 'token', operation: 'stop', by: 'Ada', reason: 'x' }],
		['resume', { resource: 'token', operation: 'resume' }],
	])('%s reports that it is down, and can be run again', async (_name, parameters) => {
		const registry = await RegistryFixture.open({
			parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
		});
		try {
			const { json } = await registry.one(parameters, { order });
			expect(json.error).toMatchObject({ outcome: 'ledger_unavailable', retryable: true });
			expect(json.error.message).toContain('/dev/null/ledger.sqlite');
		} finally {
			await registry.close();
		}
	});
});
