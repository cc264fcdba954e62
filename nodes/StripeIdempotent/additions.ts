import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import { sentParamsOf, toCanonicalParams } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { MeasuredOperation } from '../../payments/expectedSpend';
import { measureSpend } from '../../payments/expectedSpend';
import { toSeen } from '../../payments/lookForChange';
import { redactSecrets } from '../../stripe/api/redact';
import { toEntryMetadata } from '../../stripe/objects/metadata';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import type { Caps } from './cap';
import type { ItemReads } from './itemReads';
import type { ObjectLookUp, WriteOperation } from './operations/operation';

/** What an operation adds to the user's parameters. */
export interface Addition {
	/** Derives the added parameters from the object that was read. */
	addedFrom: (object: StripeObject) => Params;
	/** The parameters that are known before the claim; in minor units if they are compared. */
	knownParams: Params;
	/** Reads the object, if one is needed and was not read yet. */
	readObject?: () => Promise<StripeObject>;
	/** Empty if no object is needed. */
	object: StripeObject;
	sentAs: Pick<WriteOperation, 'sentPath' | 'sentMethod' | 'sendsBack'>;
	/** The path of the object, if it is known without a look-up. */
	objectPath?: string;
}

const OTHERWISE = 'Fill in Currency, or run it again later.';

/**
 * Prepares what an operation adds on its own, or from an object in Stripe. The object is read for new attempts only, because the
 * ledger has what earlier ones sent. If the request is compared with a token or a limit, it is read immediately: that comparison
 * precedes the claim, and uses minor units.
 *
 * @throws PreflightError, ItemError
 */
export async function prepareAddition(
	operation: WriteOperation,
	read: ParameterReader,
	{ params, isCompared }: { params: Params; isCompared: boolean },
	reads: ItemReads,
	clock: Clock,
): Promise<Addition> {
	const addedFrom = (object: StripeObject) =>
		toCanonicalParams(operation.adds?.(read, params, object) ?? {});
	const wanted = operation.reads?.(read, params);
	const { sentPath, sentMethod, sendsBack } = operation;
	const sentAs = { sentPath, sentMethod, sendsBack };
	const objectPath = typeof wanted === 'string' ? wanted : undefined;
	const addition = { addedFrom, knownParams: params, object: {}, sentAs, objectPath };
	if (wanted === undefined) return addition;
	const readObject = () =>
		typeof wanted === 'string' ? reads.get(wanted, OTHERWISE) : lookUp(wanted, reads, clock);
	if (!isCompared) return { ...addition, readObject };
	const object = await readObject();
	return { ...addition, knownParams: sentParamsOf({ params, added: addedFrom(object) }), object };
}

/** Every attempt looks it up again. */
function lookUp(wanted: ObjectLookUp, reads: ItemReads, clock: Clock): Promise<StripeObject> {
	reads.forget();
	return wanted(reads.get, clock.now());
}

export type Additions = Pick<ClaimRequest, 'addParams' | 'readFirst' | 'readsParams' | 'comparedParams'>;

/** Builds the parameters that are sent in addition to the user's: the entry ID, and what the operation adds. */
export function buildAdditions(
	{ path, params }: { path: string; params: Params },
	{ addedFrom, readObject, object, sentAs: { sentPath, sentMethod, sendsBack }, objectPath }: Addition,
): Additions {
	const addParams = (from: StripeObject): ClaimRequest['addParams'] => {
		const own = addedFrom(from);
		return (entryId) => {
			const added = toEntryMetadata(sentPath?.(from, path) ?? path, params, entryId);
			return refuseSecretAdditions(sentParamsOf({ params: own, added }));
		};
	};
	const comparedParams = (adopted: StripeObject) => sentParamsOf({ params, added: addedFrom(adopted) });
	if (!readObject) return { addParams: addParams(object), comparedParams };
	const readFirst = async () => {
		const found = await readObject();
		return {
			addParams: addParams(found),
			sentPath: sentPath?.(found, path),
			sentMethod: sentMethod?.(found),
			...(sendsBack && objectPath !== undefined ? { seen: toSeen(objectPath, found) } : {}),
		};
	};
	return { readFirst, readsParams: true, comparedParams };
}

/** Adds the amount that was compared with the token or the limit, so that exactly this amount is sent. */
export function addFrozenParams(
	{ addParams: addOwn }: Pick<Additions, 'addParams'>,
	frozen: Params,
): Pick<Additions, 'addParams' | 'readFirst' | 'readsParams'> {
	const addParams = (entryId: string) => sentParamsOf({ params: addOwn?.(entryId) ?? {}, added: frozen });
	// The amount was read for this claim.
	const readFirst = () => Promise.resolve({ addParams });
	return Object.keys(frozen).length === 0 ? { addParams } : { addParams, readFirst, readsParams: true };
}

/**
 * Asks Stripe before each new attempt what it would move, and freezes that with the added parameters.
 *
 * @param now the time of the calculation, in ms since the epoch
 */
export function addMeasuring(
	additions: Additions,
	{
		operation,
		caps,
		...request
	}: { operation: MeasuredOperation; path: string; params: Params; caps: Caps },
	reads: ItemReads,
	now: () => number,
): Additions {
	const { params } = request;
	return {
		...additions,
		readFirst: async (current) => {
			reads.forget();
			const first = await additions.readFirst?.(current);
			const addOwn = first?.addParams ?? additions.addParams;
			// The entry ID does not affect the amount.
			const sent = sentParamsOf({ params, added: addOwn?.('') });
			const measuredRequest = { ...request, params: sent, now: now() };
			const { expectation, frozen, seen } = await measureSpend(operation, measuredRequest, reads.get);
			const addParams = (entryId: string) =>
				sentParamsOf({ params: addOwn?.(entryId) ?? {}, added: frozen });
			const { spend } = expectation;
			const atMost = caps.own?.get(spend.currency);
			return {
				addParams,
				seen,
				expectation: {
					...expectation,
					...(atMost === undefined ? {} : { atMost: Number(atMost) }),
				},
			};
		},
	};
}

/** The ledger stores these parameters as they are sent. */
function refuseSecretAdditions(added: Params): Params {
	if (isDeepStrictEqual(redactSecrets(added), added)) return added;
	throw new RangeError('An operation adds a secret to a request: it would have to be stored in the ledger');
}
