import { randomUUID } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import type { FinalClaimDecision } from '../../ledger/rules/claim';
import type { LinkState } from '../../payments/readLink';
import type { ItemResult } from '../shared/run/result';
import { resultOfClaim, toItemResult } from '../shared/run/result';
import type { WriteItem } from './item';

/** @returns the item with a request for a new link that replaces an expired one; undefined if there is none to create */
export function renewExpiredLink(
	item: WriteItem,
	{ version }: Entry,
	link: LinkState | undefined,
): WriteItem | undefined {
	const { claim, options } = item;
	const isWanted = link?.expired === true && options.afterExpiry === 'newAttempt';
	// Only once: a later link was created by another run, or just now. An approval covers the existing link.
	if (!isWanted || claim.renewsVersion !== undefined || claim.approval) return undefined;
	return { ...item, claim: { ...claim, claimId: randomUUID(), renewsVersion: version } };
}

type Replay = Extract<FinalClaimDecision, { kind: 'replay' }>;

/** Builds the result for a link that an earlier run created, with its current state. */
export function toLinkResult(claim: Replay, link: LinkState | undefined, isDuplicate: boolean): ItemResult {
	if (!link) return { ...resultOfClaim(claim, { isDuplicate }), warning: NOT_READ };
	const { entry } = claim;
	const { outcome, expired } = link;
	return toItemResult(outcome, { entry, source: 'stripe', replayed: true, isDuplicate, expired });
}

const NOT_READ = 'The link could not be read from Stripe, so it is not known whether it has expired.';

/** A new link can be used. */
export function markNewLink(result: ItemResult, item: Pick<WriteItem, 'class'>): ItemResult {
	return item.class === 'ephemeral' && result.outcome === 'succeeded'
		? { ...result, expired: false }
		: result;
}
