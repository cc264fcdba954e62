import { randomUUID } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import type { FinalClaimDecision } from '../../ledger/rules/claim';
import type { LinkState } from '../../payments/readLink';
import type { ItemResult } from '../shared/run/result';
import { resultOfClaim, toItemResult } from '../shared/run/result';
import type { WriteItem } from './item';

/** @returns the item as it asks for a new link in the place of one that has expired; undefined where none is to follow */
export function renewExpiredLink(
	item: WriteItem,
	{ version }: Entry,
	link: LinkState | undefined,
): WriteItem | undefined {
	const { claim, options } = item;
	const isWanted = link?.expired === true && options.afterExpiry === 'newAttempt';
	// Once: what follows it was made by another run, or just now. What was approved is the link that there is.
	if (!isWanted || claim.renewsVersion !== undefined || claim.approval) return undefined;
	return { ...item, claim: { ...claim, claimId: randomUUID(), renewsVersion: version } };
}

type Replay = Extract<FinalClaimDecision, { kind: 'replay' }>;

/** How a link leaves that an earlier run has created: as it is now. */
export function toLinkResult(claim: Replay, link: LinkState | undefined, isDuplicate: boolean): ItemResult {
	if (!link) return { ...resultOfClaim(claim, { isDuplicate }), warning: NOT_READ };
	const { entry } = claim;
	const { outcome, expired } = link;
	return toItemResult(outcome, { entry, source: 'stripe', replayed: true, isDuplicate, expired });
}

const NOT_READ = 'The link could not be read from Stripe, so it is not known whether it has expired.';

/** What was just made can be used. */
export function markNewLink(result: ItemResult, item: Pick<WriteItem, 'class'>): ItemResult {
	return item.class === 'ephemeral' && result.outcome === 'succeeded'
		? { ...result, expired: false }
		: result;
}
