import type { IDataObject } from 'n8n-workflow';

import type { Entry, Reservation } from '../../../ledger/model/entry';
import { encodeReference } from '../../../ledger/rules/token';
import { formatAmount } from '../../../stripe/objects/money';
import { toIsoTime } from '../../shared/parameters/values';

/** Formats a reservation for people and models. `amount` is in minor units. */
export function toReservationView({ entryId, reservation }: Entry): IDataObject | null {
	if (!reservation) return null;
	const { generationId } = reservation;
	return { id: encodeReference({ entryId, generationId }), ...toReservationFields(reservation) };
}

function toReservationFields({
	intent,
	spender,
	origin = {},
	approval,
	validUntil,
}: Reservation): IDataObject {
	const { operation, amount, isMaximum, currency, customer, object, purpose } = intent;
	return {
		operation,
		amount,
		currency,
		amountIsMaximum: isMaximum,
		inWords: formatReservedAmount(amount, currency, isMaximum),
		customer: customer ?? null,
		object: object ?? null,
		purpose,
		agent: spender.agent,
		session: spender.session ?? null,
		workflowId: origin.workflowId ?? null,
		workflowName: origin.workflowName ?? null,
		executionId: origin.executionId ?? null,
		validUntil: toIsoTime(validUntil),
		approval: approval.state,
		approvedBy: approval.decidedBy ?? null,
		approvedAt: toIsoTime(approval.at),
	};
}

/** `at most 19.99 EUR` */
export function formatReservedAmount(amount: number, currency: string, isMaximum = false): string {
	const formatted = formatAmount(String(amount), currency);
	return isMaximum ? `at most ${formatted}` : formatted;
}
