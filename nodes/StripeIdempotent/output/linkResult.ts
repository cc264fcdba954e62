import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import type { LinkState } from '../../../payments/readLink';
import type { ItemResult } from '../../shared/run/result';
import type { WriteItem } from '../item';
import { resultOfClaim, toItemResult } from '../../shared/run/result';

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
