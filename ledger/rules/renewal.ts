import type {
	EarlierPayment,
	Entry,
	PreviousAttempt,
	Renewal,
	Reservation,
	ReservedEntry,
	SettledEntry,
} from '../model/entry';
import { keyOfAttempt } from '../identity/key';

/** The state of an earlier payment in Stripe when the new attempt is about to start. */
export interface SeenPayment extends EarlierPayment {
	isCancelled: boolean;
	/** Whether it can be confirmed and still matches the request, apart from the payment method. */
	canBeConfirmed: boolean;
}

/** The reads that a claim provides for a new attempt: see `ClaimRequest`. */
interface AttemptReads {
	samePayment?: string;
	isRepeat?: true;
	preread?: { earlier?: readonly SeenPayment[] };
}

/** Plans how a new attempt starts, from what was read for it. A repeat from the ledger starts as it did before. */
export function planAttemptRenewal(
	current: SettledEntry | ReservedEntry,
	previousAttempts: readonly PreviousAttempt[],
	{ samePayment, preread, isRepeat }: AttemptReads,
): { renewal?: Renewal } {
	const renewal = isRepeat
		? repeatRenewal(current)
		: planRenewal(current, previousAttempts, samePayment, preread?.earlier ?? []);
	return renewal ? { renewal } : {};
}

/**
 * Decides which earlier payments the next attempt cancels or confirms.
 *
 * @param previousAttempts the rejected attempts, the newest last
 * @param samePayment see `ClaimRequest.samePayment`
 * @returns undefined if no earlier payment is in the way
 */
function planRenewal(
	current: SettledEntry | ReservedEntry,
	previousAttempts: readonly PreviousAttempt[],
	samePayment: string | undefined,
	seen: readonly SeenPayment[],
): Renewal | undefined {
	const open = seen.filter(({ isCancelled }) => !isCancelled);
	if (open.length === 0) return undefined;
	const isUnchanged = ({ id }: EarlierPayment) =>
		samePayment !== undefined &&
		previousAttempts.findLast(({ outcome }) => outcome.objectId === id)?.samePayment === samePayment;
	const confirms = open.findLast((payment) => payment.canBeConfirmed && isUnchanged(payment));
	return {
		cancels: open.filter((payment) => payment !== confirms).map(toEarlierPayment),
		...(confirms ? { confirms: toEarlierPayment(confirms) } : {}),
		previous: previousStateOf(current),
	};
}

/**
 * Restarts an attempt that was not executed with the same renewal. It rolls back to the attempt before it, not to an older one.
 */
export function repeatRenewal(current: SettledEntry | ReservedEntry): Renewal | undefined {
	return current.renewal && { ...current.renewal, previous: previousStateOf(current) };
}

function toEarlierPayment({ id, attempt }: EarlierPayment): EarlierPayment {
	return { id, attempt };
}

function previousStateOf(current: SettledEntry | ReservedEntry): Renewal['previous'] {
	// The renewal stays in the entry: an earlier payment that blocks this attempt blocks the next one too.
	const { lateResponses: _evidence, reservation: _reservation, ...before } = current;
	return before;
}

/** Restores the entry to its state before an attempt for which nothing was sent, because an earlier payment is in the way. */
export function rollBackRenewal(
	{
		version,
		fence,
		lateResponses,
		reservation,
	}: Pick<Entry, 'version' | 'fence' | 'lateResponses' | 'reservation'>,
	{ previous: before }: Renewal,
): Entry {
	return {
		...before,
		version: version + 1,
		fence,
		...(lateResponses ? { lateResponses } : {}),
		...(reservation
			? { reservation: before.state === 'reserved' ? clearUsedAmount(reservation) : reservation }
			: {}),
	};
}

function clearUsedAmount({ usedAmount: _used, ...reservation }: Reservation): Reservation {
	return reservation;
}

/** Every payment that has to be cancelled or confirmed before the attempt itself. */
export function earlierPaymentsOf({ renewal }: Pick<Entry, 'renewal'>): EarlierPayment[] {
	return renewal ? [...renewal.cancels, ...(renewal.confirms ? [renewal.confirms] : [])] : [];
}

/**
 * The `Idempotency-Key` under which a claim cancels an earlier payment. The fence makes it unique per claim, so a later claim
 * never gets a stored refusal or error of an earlier one. An attempt has several payments if a lost ledger sent it too.
 */
export function deriveCancelKey(
	{ entryId, fence, renewal }: Pick<Entry, 'entryId' | 'fence' | 'renewal'>,
	{ id, attempt }: EarlierPayment,
): string {
	const ofAttempt = renewal?.cancels.filter((one) => one.attempt === attempt) ?? [];
	const position = ofAttempt.findIndex((one) => one.id === id);
	return `${keyOfAttempt(entryId, attempt)}_cancel_${fence}${position > 0 ? `_${position + 1}` : ''}`;
}
