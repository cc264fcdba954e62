import type { TimeSource } from '../../../ledger/clock';
import type { ApprovalFacts, PresentedCheck } from '../../../ledger/identity/check';
import { makeCheck, readCheck } from '../../../ledger/identity/check';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { InputReader } from '../../shared/parameters/inputReader';
import { ItemError } from '../../shared/run/error';

/** The check of an item: the one presented with it, or the one to create. */
export class ItemApproval {
	/** What the check adds to the claim. */
	readonly claim: Pick<ClaimRequest, 'approval' | 'readFirst' | 'readsParams'>;
	private made: number | undefined;

	constructor(
		private readonly clock: TimeSource,
		private readonly keySecret: string | undefined,
		private readonly check: PresentedCheck | undefined,
		addReads: (at: () => number) => Pick<ClaimRequest, 'readFirst' | 'readsParams'>,
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

const LABEL = 'Approved Check';
const CURE =
	'Check the items with Check Only, let a person approve the result, and pass on the items from Checked, with {{ $json.check }} here.';

/**
 * Reads Approved Check.
 *
 * @returns undefined if the option was not added, so that no approval is required
 * @throws ItemError for an empty value, or a value that is not a check
 */
export function readApprovedCheck(input: InputReader, keySecret?: string): PresentedCheck | undefined {
	const value = input.valueAsFound('options.approvedCheck') ?? '';
	if (!input.fieldNames('options').includes('approvedCheck')) return undefined;
	const text = typeof value === 'string' ? value.trim() : undefined;
	if (text === '') throw new ItemError(LABEL, 'has no value in this item, so it was not approved', CURE);
	const check = text === undefined ? undefined : readCheck(text, keySecret);
	if (check) return check;
	throw new ItemError(LABEL, 'is not a check that Check Only returned, or not all of it', CURE);
}
