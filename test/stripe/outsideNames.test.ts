import { buildObjectUrl } from '../../stripe/objects/dashboardUrl';
import { determineEffect, confirmsAction } from '../../stripe/objects/lifecycle';
import { parseTarget } from '../../stripe/objects/collections';
import { findConfirmation } from '../../stripe/webhooks/eventProof';
import { simplify } from '../../nodes/StripeIdempotent/output/simplify';
import { getNotSentMessage } from '../../nodes/shared/run/notSent';
import { toSqliteStoreError } from '../../ledger/stores/sqlite/errorMessages';
import type { StoreUnavailableError } from '../../ledger/store';

/** What every plain object of JavaScript has, whatever stands in it. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

describe.each(INHERITED)('an outside name that every object inherits, %s, finds nothing', (name) => {
	it('as the kind of a response', () => {
		const object = { id: 'x_1', object: name, status: name };
		const dashboard = { connection: { mode: 'test' } } as const;
		expect(buildObjectUrl(dashboard, object)).toBe('https://dashboard.stripe.com/test/search?query=x_1');
		expect(simplify(object)).toBe(object);
		expect(confirmsAction(object, 'capture')).toBe(false);
		const entry = { paramsStored: true, request: { method: 'POST', path: '/v1/x', params: {} } };
		expect(determineEffect(object, entry as unknown as Parameters<typeof determineEffect>[1])).toEqual({
			kind: 'executed',
		});
	});

	it('as an action on an object, and as a collection', () => {
		expect(confirmsAction({ id: 'pi_1', object: 'payment_intent', status: name }, name)).toBe(false);
		expect(parseTarget(`/v1/${name}`)).toBeUndefined();
		expect(parseTarget(`/v1/payment_intents/pi_1/${name}`)).toBeUndefined();
	});

	it('as the collection of an event', () => {
		const event = {
			id: 'evt_1',
			type: `${name}.created`,
			livemode: false,
			data: { object: { id: 'x' } },
			request: { idempotency_key: 'k' },
		};
		const request = { method: 'POST', path: `/v1/${name}`, params: {} } as const;
		expect(
			findConfirmation(event, { entryId: 'e', key: 'k', paramsStored: true, request }),
		).toBeUndefined();
	});

	it("as the code of Stripe's response, or of the file system", () => {
		expect(getNotSentMessage({ kind: 'unknown', code: name })).toEqual({});
		const storeError = toSqliteStoreError('/a', {
			code: name,
			message: 'it says so',
		}) as StoreUnavailableError;
		expect(storeError.reason).toBe('/a: it says so.');
	});
});
