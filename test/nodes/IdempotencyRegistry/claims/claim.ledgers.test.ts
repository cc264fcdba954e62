import type { INodeParameters } from 'n8n-workflow';

import { CLAIM_ORDER, COMPLETE, REJECT, RELEASE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, STRIPE_NODE } from '../../fixtures/ordersFixture';

const MINUTE = 60_000;
const [PROCEED, ALREADY_DONE, BUSY, REFUSED] = [0, 1, 2, 3];
const DONE = 0;

const repeating: INodeParameters = { ...CLAIM_ORDER, options: { ifUnanswered: 'repeat' } };

let made = 0;
let order: { order: string };
beforeEach(() => {
	// Static data is guarded in the memory of the process, which all tests share.
	order = { order: `order ${++made}` };
});

describeEveryLedger((registry) => {
	const claim = (item: object = order, parameters: INodeParameters = CLAIM_ORDER) =>
		registry().one(parameters, { ...item });

	async function claimed(parameters: INodeParameters = CLAIM_ORDER): Promise<string> {
		const { through, json } = await claim(order, parameters);
		expect(through).toBe(PROCEED);
		return json.idempotency.claim;
	}

	describe('a claim', () => {
		it('lets an item pass once, with its input, a key, and a claim to complete', async () => {
			const { through, json } = await claim({ ...order, street: 'Main St' });
			expect(through).toBe(PROCEED);
			expect(json).toMatchObject({ ...order, street: 'Main St' });
			expect(json.idempotency).toMatchObject({
				key: `n8n_${json.idempotency.entryId}`,
				state: 'in_flight',
				attempt: 1,
				replayed: false,
			});
			expect(json.idempotency.claim).toMatch(/^claim_[\w-]+$/);
		});

		it('makes everyone else wait while it is held', async () => {
			await claimed();
			const { through, json } = await claim();
			expect(through).toBe(BUSY);
			expect(json).toMatchObject({ input: order, error: { outcome: 'busy', retryable: true } });
			expect(json.idempotency).not.toHaveProperty('claim');
		});

		it('is granted to one of two concurrent items', async () => {
			const answers = await Promise.all([claim(), claim(), claim()]);
			expect(answers.map(({ through }) => through).sort()).toEqual([PROCEED, BUSY, BUSY]);
		});

		it('is granted to the first of the twins in a batch', async () => {
			const { raws } = await registry().run(CLAIM_ORDER, [
				order,
				{ order: `${order.order}, another` },
				order,
			]);
			expect(raws.map((items) => items.map(({ pairedItem }) => pairedItem))).toEqual([
				[{ item: 0 }, { item: 1 }],
				[],
				[{ item: 2 }],
				[],
			]);
		});

		it('reports how many items were taken for repeats in one batch', async () => {
			const { hints } = await registry().run(CLAIM_ORDER, [
				order,
				order,
				{ order: `${order.order}, another` },
				order,
			]);
			expect(
				hints('Node')
					.map(({ message }) => message)
					.filter((words) => words.includes('repeats')),
			).toEqual([expect.stringMatching(/^2 items were treated as repeats of other items of this run/)]);
		});

		it('with a different request is a conflict that names the differences', async () => {
			const withRequest = { ...CLAIM_ORDER, request: '={{ $json.request }}' };
			await claim({ ...order, request: { street: 'Main St 1' } }, withRequest);
			const { through, json } = await claim(
				{ ...order, request: { street: 'Main St 2' } },
				withRequest,
			);
			expect(through).toBe(REFUSED);
			expect(json.error).toMatchObject({ outcome: 'conflict', retryable: false });
			if (registry().isPublic) return;
			expect(json.error.differences).toEqual([
				{ name: 'street', stored: 'Main St 1', requested: 'Main St 2' },
			]);
			expect(json.error.message).toContain('street: "Main St 1" → "Main St 2"');
		});

		it('of a different action, or in test mode, is a different claim', async () => {
			await claimed();
			expect((await claim(order, { ...CLAIM_ORDER, action: 'invoice.create' })).through).toBe(PROCEED);
			const test = { ...CLAIM_ORDER, options: { environment: 'test' } };
			expect((await claim(order, test)).through).toBe(PROCEED);
		});
	});

	describe('complete', () => {
		it('stores the response, without secrets, for later runs with the same key', async () => {
			const answer = { id: 'shp_1', client_secret: 'x', auth: 'sk_live_abc123', list: [1, { a: 'ü' }] };
			const done = await registry().one(COMPLETE, { claim: await claimed(), answer });
			expect(done).toMatchObject({
				through: DONE,
				json: { outcome: 'completed', idempotency: { state: 'succeeded', replayed: false } },
			});
			const { through, json } = await claim({ ...order, note: 'again' });
			expect(through).toBe(ALREADY_DONE);
			expect(json).toMatchObject({
				...order,
				note: 'again',
				idempotency: { state: 'succeeded', replayed: true },
			});
			const shown = { client_secret: '[hidden]', auth: '[hidden]', list: [1, { a: 'ü' }] };
			expect(json.answer).toEqual({ id: 'shp_1', ...(registry().isPublic ? {} : shown) });
		});

		it.each([[[1, 2]], ['shipped'], [7], [null], [{}], [{ n8nAnswer: { a: 1 } }]])(
			'returns %j unchanged',
			async (answer) => {
				await registry().one(
					{ ...COMPLETE, answer: '={{ $json.answer }}' },
					{ claim: await claimed(), answer },
				);
				expect((await claim()).json.answer).toEqual(registry().isPublic ? {} : answer);
			},
		);

		it('twice is harmless, and reports it; the first response is kept', async () => {
			const handle = await claimed();
			await registry().one(COMPLETE, { claim: handle, answer: { id: 1 } });
			const again = await registry().one(COMPLETE, { claim: handle, answer: { id: 2 } });
			expect(again).toMatchObject({
				through: DONE,
				json: { outcome: 'already_completed', idempotency: { replayed: true } },
			});
			expect((await claim()).json.answer).toEqual({ id: 1 });
		});

		it('after the lease has expired still counts if no one has taken over', async () => {
			const handle = await claimed();
			registry().time.advance(60 * MINUTE);
			const done = await registry().one(COMPLETE, { claim: handle, answer: { id: 1 } });
			expect(done.json.outcome).toBe('completed');
			expect((await claim()).through).toBe(ALREADY_DONE);
		});
	});

	describe('reject', () => {
		it('is returned to later automatic runs, and a person can start a new attempt with a new key', async () => {
			await registry().one(REJECT, { claim: await claimed() });
			const { through, json } = await claim();
			expect(through).toBe(REFUSED);
			expect(json.error).toMatchObject({ outcome: 'rejected', statusCode: 422, retryable: false });
			expect(json.error.message).toContain('no such street');
			const secondAttempt = await registry().one(CLAIM_ORDER, order, { mode: 'manual' });
			expect(secondAttempt.through).toBe(PROCEED);
			expect(secondAttempt.json.idempotency).toMatchObject({ attempt: 2 });
			expect(secondAttempt.json.idempotency.key).toMatch(/_2$/);
		});

		it('twice is harmless, and reports it', async () => {
			const handle = await claimed();
			await registry().one(REJECT, { claim: handle });
			const again = await registry().one(REJECT, { claim: handle });
			expect(again).toMatchObject({ through: DONE, json: { outcome: 'already_rejected' } });
		});
	});

	describe('release', () => {
		it('lets the action be executed later, with the same key', async () => {
			const first = await claim();
			const released = await registry().one(RELEASE, { claim: first.json.idempotency.claim });
			expect(released.json).toMatchObject({ outcome: 'released', idempotency: { state: 'released' } });
			const again = await registry().one(RELEASE, { claim: first.json.idempotency.claim });
			expect(again.json.outcome).toBe('already_released');
			const second = await claim();
			expect(second.through).toBe(PROCEED);
			expect(second.json.idempotency.key).toBe(first.json.idempotency.key);
		});

		it('after an earlier claim that may have executed it leaves it unknown', async () => {
			await claimed(repeating);
			registry().time.advance(11 * MINUTE);
			const second = await claimed(repeating);
			const { json } = await registry().one(RELEASE, { claim: second });
			expect(json.idempotency.state).toBe('unknown');
			expect(json.nextStep).toMatch(/stays unknown/);
			expect((await claim()).through).toBe(BUSY);
		});
	});

	describe('a claim that was never completed', () => {
		it('stops: it leaves through Busy, with a claim that a person can complete', async () => {
			await claimed();
			registry().time.advance(11 * MINUTE);
			const { through, json } = await claim();
			expect(through).toBe(BUSY);
			expect(json.error).toMatchObject({
				outcome: 'unknown',
				reason: 'never_completed',
				retryable: false,
			});
			expect(json.error.nextStep).toMatch(/Check with the other API/);
			await registry().one(COMPLETE, { claim: json.idempotency.claim, answer: { id: 'found' } });
			expect(await claim()).toMatchObject({ through: ALREADY_DONE, json: { answer: { id: 'found' } } });
		});

		it('stops, and a person can release it', async () => {
			await claimed();
			registry().time.advance(11 * MINUTE);
			const { json } = await claim();
			await registry().one(RELEASE, { claim: json.idempotency.claim });
			expect((await claim()).through).toBe(PROCEED);
		});

		it('is repeated with the same key while the API remembers it, and no longer', async () => {
			const first = await claim(order, repeating);
			registry().time.advance(22 * 60 * MINUTE);
			const second = await claim(order, repeating);
			expect(second.through).toBe(PROCEED);
			expect(second.json.idempotency.key).toBe(first.json.idempotency.key);
			registry().time.advance(61 * MINUTE);
			expect(await claim(order, repeating)).toMatchObject({
				through: BUSY,
				json: { error: { outcome: 'unknown' } },
			});
		});

		it('that a person rejects lets a new attempt begin', async () => {
			await claimed(repeating);
			registry().time.advance(11 * MINUTE);
			await registry().one(RELEASE, { claim: await claimed(repeating) });
			const { json } = await claim();
			expect(json.error.nextStep).toMatch(/reject it/);
			expect((await registry().one(REJECT, { claim: json.idempotency.claim })).through).toBe(DONE);
			const secondAttempt = await claim(order, {
				...CLAIM_ORDER,
				options: { afterRejection: 'newAttempt' },
			});
			expect(secondAttempt.json.idempotency.attempt).toBe(2);
		});
	});

	describe('a claim that another run has taken over', () => {
		async function takenOver(): Promise<[stale: string, current: string]> {
			const stale = await claimed(repeating);
			registry().time.advance(11 * MINUTE);
			return [stale, await claimed(repeating)];
		}

		it('changes nothing any more, but its success is recorded', async () => {
			const [stale, current] = await takenOver();
			for (let time = 0; time < 2; time++) {
				const late = await registry().one(COMPLETE, { claim: stale, answer: { id: 'late' } });
				expect(late).toMatchObject({
					through: 1,
					json: {
						error: { outcome: 'late', reason: 'taken_over' },
						idempotency: { state: 'in_flight' },
					},
				});
			}
			// What is proven is not done again, even where the second run says that it did nothing.
			await registry().one(RELEASE, { claim: current });
			expect(await claim()).toMatchObject({ through: ALREADY_DONE, json: { answer: { id: 'late' } } });
		});

		it.each([
			['reject', REJECT],
			['release', RELEASE],
		])('cannot %s the other claim', async (_word, parameters) => {
			const [stale, current] = await takenOver();
			expect((await registry().one(parameters, { claim: stale })).through).toBe(1);
			const done = await registry().one(COMPLETE, { claim: current, answer: { id: 'mine' } });
			expect(done.json.outcome).toBe('completed');
			expect((await claim()).json.answer).toEqual({ id: 'mine' });
		});

		it('that completed late and then left is also proven to an item that would stop', async () => {
			const [stale] = await takenOver();
			await registry().one(COMPLETE, { claim: stale, answer: { id: 'late' } });
			registry().time.advance(60 * MINUTE);
			expect(await claim()).toMatchObject({ through: ALREADY_DONE, json: { answer: { id: 'late' } } });
			expect((await claim()).json.idempotency.state).toBe('succeeded');
		});
	});

	describe('an entry that is not a claim of this node', () => {
		/** What anybody can write who knows an entry ID, e.g. a model. */
		const written = (entryId: string) =>
			`claim_${Buffer.from(JSON.stringify([entryId, 1, 'x', 1])).toString('base64url')}`;

		it.each([
			['complete', COMPLETE],
			['reject', REJECT],
			['release', RELEASE],
		])('a payment whose outcome is unknown: %s does not affect it', async (_word, parameters) => {
			registry().fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
			const options = { afterRejection: 'newAttempt', maxRetries: 0 };
			const pay = () => registry().one({ ...CHARGE, options }, { ...order }, { type: STRIPE_NODE });
			const { entryId, state } = (await pay()).json.idempotency;
			expect(state).toBe('unknown');
			const { through, json } = await registry().one(parameters, { claim: written(entryId) });
			expect([through, json.error.outcome]).toEqual([1, 'not_found']);
			expect((await pay()).json.idempotency).toMatchObject({ state: 'succeeded', attempt: 1 });
			expect(registry().fixture.stripe.report().charges).toHaveLength(1);
		});
	});

	const SETTLES = { complete: COMPLETE, reject: REJECT, release: RELEASE };
	type Word = keyof typeof SETTLES;
	const words = Object.keys(SETTLES) as Word[];
	const pairs = words.flatMap((first) => words.map((second) => [first, second] as const));
	const STATES = { complete: 'succeeded', reject: 'rejected', release: 'released' };

	describe('in every order, the first result is kept', () => {
		it.each(pairs)('%s, then %s', async (first, second) => {
			const handle = await claimed();
			expect((await registry().one(SETTLES[first], { claim: handle })).through).toBe(DONE);
			const then = await registry().one(SETTLES[second], { claim: handle });
			expect(then.json.idempotency.state).toBe(STATES[first]);
			expect(then.through).toBe(first === second ? DONE : 1);
			// Whatever was said besides: what was done once is never done again.
			const isDone = first === 'complete' || second === 'complete';
			const next = await claim(order, { ...CLAIM_ORDER, options: { afterRejection: 'newAttempt' } });
			expect(next.through === PROCEED).toBe(!isDone);
		});
	});
});
