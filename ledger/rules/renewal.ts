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

/** What Stripe shows of it when the new attempt is about to begin. */
export interface SeenPayment extends EarlierPayment {
	isCancelled: boolean;
	/** Whether it can be confirmed, and is still what is asked for now, but for the payment method. */
	canBeConfirmed: boolean;
}

/** What a claim brings for a new attempt: see `ClaimRequest`. */
interface AttemptReads {
	samePayment?: string;
	isRepeat?: true;
	preread?: { earlier?: readonly SeenPayment[] };
}

/** How a new attempt begins, by what was read for it; what is sent again as it is in the ledger begins as it began before. */
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
 * How the next attempt has to begin.
 *
 * @param previousAttempts the attempts that were rejected, the newest last
 * @param samePayment see `ClaimRequest.samePayment`
 * @returns undefined where nothing of earlier attempts is in the way
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

/** An attempt that begins as the one before it began, of which nothing came: it goes back to that one, not to an older one. */
export function repeatRenewal(current: SettledEntry | ReservedEntry): Renewal | undefined {
	return current.renewal && { ...current.renewal, previous: previousStateOf(current) };
}

function toEarlierPayment({ id, attempt }: EarlierPayment): EarlierPayment {
	return { id, attempt };
}

function previousStateOf(current: SettledEntry | ReservedEntry): Renewal['previous'] {
	// How it began stays: a payment that is in its way is in its way then too.
	const { lateResponses: _evidence, reservation: _reservation, ...before } = current;
	return before;
}

/** The entry as it stood before the attempt, of which nothing was sent: an earlier payment is in its way. */
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

/** Every payment that has to be dealt with before the attempt itself. */
export function earlierPaymentsOf({ renewal }: Pick<Entry, 'renewal'>): EarlierPayment[] {
	return renewal ? [...renewal.cancels, ...(renewal.confirms ? [renewal.confirms] : [])] : [];
}

/**
 * The `Idempotency-Key` under which a claim cancels an earlier payment. No two claims share a fence, so that a refusal, or an
 * error that Stripe has stored, is not given back to a later one.
 */
export function deriveCancelKey(
	{ entryId, fence }: Pick<Entry, 'entryId' | 'fence'>,
	{ attempt }: EarlierPayment,
): string {
	return `${keyOfAttempt(entryId, attempt)}_cancel_${fence}`;
}
