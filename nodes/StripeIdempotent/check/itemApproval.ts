import type { TimeSource } from '../../../ledger/clock';
import type { ApprovalFacts, PresentedCheck } from '../../../ledger/identity/check';
import { makeCheck } from '../../../ledger/identity/check';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';

/** The check of an item: the one that it came with, or the one that is to be made. */
export class ItemApproval {
	/** What its claim asks for beside everything else. */
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

	/** The moment of the check in ms, whole seconds. A new one is made when it is first asked for: Stripe's time is known by then. */
	get at(): number {
		return this.check?.at ?? (this.made ??= Math.floor(this.clock.now() / 1000) * 1000);
	}

	makeCheck(facts: ApprovalFacts): string {
		return makeCheck(facts, this.at, this.keySecret);
	}
}
