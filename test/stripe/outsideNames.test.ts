import { objectPage } from '../../stripe/objects/dashboardUrl';
import { effectOf, proves } from '../../stripe/objects/lifecycle';
import { targetOf } from '../../stripe/objects/collections';
import { proofOf } from '../../stripe/webhooks/eventProof';
import { simplified } from '../../nodes/StripeIdempotent/output/simplify';
import { wordsOfUnsent } from '../../nodes/shared/run/notSent';
import { unavailable } from '../../ledger/stores/sqlite/errorMessages';
import type { StoreUnavailable } from '../../ledger/store';

/** What every plain object of JavaScript has, whatever stands in it. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

describe.each(INHERITED)('a name from outside that every object inherits, %s, finds nothing', (name) => {
	it('as the kind of an answer', () => {
		const object = { id: 'x_1', object: name, status: name };
		const dashboard = { connection: { mode: 'test' } } as const;
		expect(objectPage(dashboard, object)).toBe('https://dashboard.stripe.com/test/search?query=x_1');
		expect(simplified(object)).toBe(object);
		expect(proves(object, 'capture')).toBe(false);
		const entry = { paramsStored: true, request: { method: 'POST', path: '/v1/x', params: {} } };
		expect(effectOf(object, entry as unknown as Parameters<typeof effectOf>[1])).toEqual({
			kind: 'took_effect',
		});
	});

	it('as an action on an object, and as a collection', () => {
		expect(proves({ id: 'pi_1', object: 'payment_intent', status: name }, name)).toBe(false);
		expect(targetOf(`/v1/${name}`)).toBeUndefined();
		expect(targetOf(`/v1/payment_intents/pi_1/${name}`)).toBeUndefined();
	});

	it('as the collection of an event', () => {
		const event = {
			...{ id: 'evt_1', type: `${name}.created`, livemode: false },
			...{ data: { object: { id: 'x' } }, request: { idempotency_key: 'k' } },
		};
		const request = { method: 'POST', path: `/v1/${name}`, params: {} } as const;
		expect(proofOf(event, { entryId: 'e', key: 'k', paramsStored: true, request })).toBeUndefined();
	});

	it("as the code of Stripe's answer, or of the file system", () => {
		expect(wordsOfUnsent({ kind: 'unknown', code: name })).toEqual({});
		const told = unavailable('/a', { code: name, message: 'it says so' }) as StoreUnavailable;
		expect(told.reason).toBe('/a: it says so.');
	});
});
