import type { TimeSource } from '../../../ledger/clock';
import type { ApprovalFacts, PresentedCheck } from '../../../ledger/identity/check';
import { makeCheck } from '../../../ledger/identity/check';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';

/** The check of an item: the one presented with it, or the one to create. */
export class ItemApproval {
	/** What the check adds to the claim. */
	readonly claim: Pick<ClaimRequest, 'approval' | 'readFirst'>;
	private made: number | undefined;

	constructor(
		private readonly clock: TimeSource,
		private readonly keySecret: string | undefined,
		private readonly check: PresentedCheck | undefined,
		addReads: (at: () => number) => Pick<ClaimRequest, 'readFirst'>,
	) {
		this.claim = { ...addReads(() => this.at), approval: { check } };
	}

	/** The time of the check in ms, in whole seconds. For a new check it is set on first use, when Stripe's time is known. */
	get at(): number {
		return this.check?.at ?? (this.made ??= Math.floor(this.clock.now() / 1000) * 1000);
	}

	makeCheck(facts: ApprovalFacts): string {
		return makeCheck(facts, this.at, this.keySecret);
	}
}
