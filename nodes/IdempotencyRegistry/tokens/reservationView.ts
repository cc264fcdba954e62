import type { IDataObject } from 'n8n-workflow';

import type { Entry, Reservation } from '../../../ledger/model/entry';
import { referenceTo } from '../../../ledger/rules/token';
import { inMajorUnits } from '../../../stripe/objects/money';
import { isoTime } from '../../shared/parameters/isoTime';

/** What stands reserved, as people and models read it. `amount` is in the minor unit. */
export function reservationFacts({ entryId, reservation }: Entry): IDataObject | null {
	if (!reservation) return null;
	const { generationId } = reservation;
	return { id: referenceTo({ entryId, generationId }), ...factsOf(reservation) };
}

function factsOf({ intent, spender, origin = {}, approval, endsAt }: Reservation): IDataObject {
	const { operation, amount, isMaximum, currency, customer, object, purpose } = intent;
	return {
		...{ operation, amount, currency, amountIsMaximum: isMaximum },
		inWords: amountWords(amount, currency, isMaximum),
		customer: customer ?? null,
		object: object ?? null,
		purpose,
		...{ agent: spender.agent, session: spender.session ?? null },
		...{ workflowId: origin.workflowId ?? null, workflowName: origin.workflowName ?? null },
		executionId: origin.executionId ?? null,
		endsAt: isoTime(endsAt),
		approval: approval.state,
		approvedBy: approval.by ?? null,
		approvedAt: isoTime(approval.at),
	};
}

/** `at most 19.99 EUR` */
export function amountWords(amount: number, currency: string, isMaximum = false): string {
	const words = inMajorUnits(String(amount), currency);
	return isMaximum ? `at most ${words}` : words;
}
