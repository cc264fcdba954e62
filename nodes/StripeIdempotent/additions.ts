import { isDeepStrictEqual } from 'node:util';

import type { Clock } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import { sentParamsOf, toCanonicalParams } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { MeasuredOperation } from '../../payments/expectedSpend';
import { measureSpend } from '../../payments/expectedSpend';
import { redactSecrets } from '../../stripe/api/redact';
import { toEntryMetadata } from '../../stripe/objects/metadata';
import type { StripeObject } from '../../stripe/objects/stripeObject';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import type { Caps } from './cap';
import type { ItemReads } from './itemReads';
import type { ObjectLookUp, WriteOperation } from './operations/operation';

/** What an operation adds to the parameters of the user. */
export interface Addition {
	/** What is added, from the object that it takes. */
	addedFrom: (object: StripeObject) => Params;
	/** The parameters as far as they are known before the claim; in the minor unit, where they are compared. */
	knownParams: Params;
	/** Where an object has to be read for it that was not read yet. */
	readObject?: () => Promise<StripeObject>;
	/** Empty where none has to be read. */
	object: StripeObject;
	sentPath?: WriteOperation['sentPath'];
	/** Of the object, where it is known without looking it up. */
	objectPath?: string;
}

const OTHERWISE = 'Fill in Currency, or run it again later.';

/**
 * What an operation adds by itself or from an object in Stripe. The object is read for a new attempt only: what stands in the
 * ledger needs no question. Where the request is compared with a token or a limit, it is read at once: that comparison comes
 * before the claim, and is made in the minor unit.
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
	const { sentPath } = operation;
	const objectPath = typeof wanted === 'string' ? wanted : undefined;
	const addition = { addedFrom, knownParams: params, object: {}, sentPath, objectPath };
	if (wanted === undefined) return addition;
	const readObject = () =>
		typeof wanted === 'string' ? reads.get(wanted, OTHERWISE) : lookUp(wanted, reads, clock);
	if (!isCompared) return { ...addition, readObject };
	const object = await readObject();
	return { ...addition, knownParams: sentParamsOf({ params, added: addedFrom(object) }), object };
}

/** Each attempt looks anew. */
function lookUp(wanted: ObjectLookUp, reads: ItemReads, clock: Clock): Promise<StripeObject> {
	reads.forget();
	return wanted(reads.get, clock.now());
}

export type Additions = Pick<ClaimRequest, 'addParams' | 'readFirst' | 'comparedParams'>;

/** What is sent beside the user's own parameters: the entry's id, and what the operation adds. */
export function buildAdditions(
	{ path, params }: { path: string; params: Params },
	{ addedFrom, readObject, object, sentPath }: Addition,
): Additions {
	const addParams = (from: StripeObject): ClaimRequest['addParams'] => {
		const own = addedFrom(from);
		return (entryId) => {
			const added = toEntryMetadata(sentPath?.(from) ?? path, params, entryId);
			return refuseSecretAdditions(sentParamsOf({ params: own, added }));
		};
	};
	const comparedParams = (adopted: StripeObject) => sentParamsOf({ params, added: addedFrom(adopted) });
	if (!readObject) return { addParams: addParams(object), comparedParams };
	const readFirst = async () => {
		const found = await readObject();
		return { addParams: addParams(found), sentPath: sentPath?.(found) };
	};
	return { readFirst, comparedParams };
}

/** What a token was compared with is what is sent: the amount that was read goes into the request. */
export function addFrozenParams(
	{ addParams }: Pick<Additions, 'addParams'>,
	frozen: Params,
): Pick<Additions, 'addParams'> {
	return { addParams: (entryId) => sentParamsOf({ params: addParams?.(entryId) ?? {}, added: frozen }) };
}

/**
 * Before each new attempt Stripe is asked what it would move: that is frozen with whatever the attempt adds.
 *
 * @param now ms: the moment for which it is worked out
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
			// Which entry it is for changes no amount.
			const sent = sentParamsOf({ params, added: addOwn?.('') });
			const asked = { ...request, params: sent, now: now() };
			const { expectation, frozen } = await measureSpend(operation, asked, reads.get);
			const addParams = (entryId: string) =>
				sentParamsOf({ params: addOwn?.(entryId) ?? {}, added: frozen });
			const { spend } = expectation;
			const atMost = caps.own?.get(spend.currency);
			return {
				addParams,
				expectation: {
					...expectation,
					...(atMost === undefined ? {} : { atMost: Number(atMost) }),
				},
			};
		},
	};
}

/** It stands in the ledger as it is sent. */
function refuseSecretAdditions(added: Params): Params {
	if (isDeepStrictEqual(redactSecrets(added), added)) return added;
	throw new RangeError('An operation adds a secret to a request: it would have to be stored in the ledger');
}
