import Stripe from 'stripe';

import * as registryRow from '../../ledger/registryRow';
import * as approval from '../../ledger/rules/approval';
import * as budget from '../../ledger/rules/budget';
import * as token from '../../ledger/rules/token';
import * as reservation from '../../ledger/rules/reservation';
import * as keySecret from '../../ledger/identity/keySecret';
import * as policy from '../../ledger/rules/policy';
import { REGISTRY_RESOURCES } from '../../nodes/IdempotencyRegistry/resources.ts';
import * as byModel from '../../nodes/shared/parameters/byModel';
import * as writtenRule from '../../nodes/shared/parameters/writtenRule';
import * as ownItemGuard from '../../nodes/shared/run/ownItemGuard';
import * as approvedCheck from '../../nodes/StripeIdempotent/check/itemApproval';
import * as saidTwice from '../../nodes/StripeIdempotent/paramsSetTwice';
import * as tokenRequest from '../../nodes/StripeIdempotent/token/tokenRequest';
import * as compareInvoice from '../../payments/compareInvoice';
import * as ids from '../../stripe/objects/ids';
import * as foreignResponse from '../../stripe/api/foreignResponse';
import * as parameterKinds from '../../stripe/api/parameterKinds';
import * as names from '../../stripe/api/parameterRules';
import * as redact from '../../stripe/api/redact';
import * as signatureHeader from '../../stripe/webhooks/signatureHeader';
import * as stripesOwn from '../../stripe/api/stripeHost';

/**
 * Each guard of the package, and how to take it out for one test. What a try proves is worth nothing unless it gets through
 * where its guard is missing: then the guard is what has held it, and not a slip in the try.
 */
export const GUARDS = {
	/** What a claim with a token is held against: the reservation, its approval, its end. */
	reservation: () => jest.spyOn(token, 'checkToken').mockReturnValue(undefined),
	stop: () => jest.spyOn(token, 'findKillSwitch').mockReturnValue(undefined),
	/** Which reservation a person was asked about. */
	whatWasAsked: () => {
		const { decideApproval } = reservation;
		jest.spyOn(reservation, 'decideApproval').mockImplementation((current, _asked, ...more) =>
			decideApproval(current, current.reservation?.generationId ?? '', ...more),
		);
	},
	limits: () => {
		const { holdLimits } = budget;
		const none = (limit: budget.Limit) => ({ ...limit, amount: undefined, count: undefined });
		jest.spyOn(budget, 'holdLimits').mockImplementation((entry, limits, ...more) =>
			holdLimits(entry, limits.map(none), ...more),
		);
	},
	/** What a person has denied or taken back. */
	decisions: () =>
		jest
			.spyOn(reservation, 'decideCancellation')
			.mockImplementation((current) => ({ kind: 'already_applied', entry: current })),
	/** Whether what was checked is what is sent. */
	whatWasChecked: () =>
		jest.spyOn(approval, 'confirmApproval').mockImplementation((grant) => ({ kind: 'granted', grant })),
	/** Whether an invoice shows exactly what its bill asks for. */
	whatIsBilled: () => jest.spyOn(compareInvoice, 'compareInvoice').mockReturnValue([]),
	/** Whether there is a check at all. */
	isChecked: () => jest.spyOn(approvedCheck, 'readApprovedCheck').mockReturnValue(undefined),
	/** Whether an item that was only checked starts a payment. */
	onlyChecked: () => jest.spyOn(ownItemGuard, 'refuseCheckedItem').mockImplementation(() => undefined),
	/** Whether a value is of the kind that its parameter takes. */
	valueKinds: () => jest.spyOn(parameterKinds, 'findInvalidValue').mockReturnValue(undefined),
	/** Whether an expression gives a value. */
	foundNothing: () =>
		jest.spyOn(writtenRule, 'refuseEmptyExpressionWithin').mockImplementation(() => undefined),
	/** What comes beside what was reserved. */
	besideToken: () => {
		jest.spyOn(tokenRequest, 'refuseUncoveredParams').mockImplementation(() => undefined);
		jest.spyOn(tokenRequest, 'refuseMismatchedParams').mockImplementation(() => undefined);
	},
	/** What Other Parameters say, and a field says otherwise. */
	saidTwice: () => jest.spyOn(saidTwice, 'refuseParamsSetTwice').mockImplementation(() => undefined),
	plainAmount: () => jest.spyOn(tokenRequest, 'isPlainAmount').mockReturnValue(true),
	policy: () => jest.spyOn(policy, 'findViolation').mockReturnValue(undefined),
	ids: () => jest.spyOn(ids, 'isStripeId').mockReturnValue(true),
	paths: () => jest.spyOn(ids, 'isApiPath').mockReturnValue(true),
	parameterNames: () => jest.spyOn(names, 'findAmbiguousName').mockReturnValue(undefined),
	secretsComeIn: () => jest.spyOn(redact, 'containsSecret').mockReturnValue(false),
	secretsGoOut: () => {
		jest.spyOn(redact, 'redactSecrets').mockImplementation((value) => value);
		jest.spyOn(redact, 'redactMessage').mockImplementation((message) => message);
	},
	modelsChoice: () => jest.spyOn(byModel, 'refuseFilledByModel').mockImplementation(() => undefined),
	peoplesDecisions: () => {
		for (const operation of REGISTRY_RESOURCES.flatMap((of) => of.operations)) {
			if (operation.humanOnly) jest.replaceProperty(operation, 'humanOnly', undefined);
		}
	},
	keySecret: () => jest.spyOn(keySecret, 'confirmKeySecret').mockResolvedValue(undefined),
	liveKeys: () => jest.spyOn(stripesOwn, 'isStripeHost').mockReturnValue(true),
	responseObjects: () => jest.spyOn(foreignResponse, 'findForeignObject').mockReturnValue(undefined),
	responseHeads: () => jest.spyOn(foreignResponse, 'findForeignHead').mockReturnValue(undefined),
	/** Whether a ledger has what it had before. */
	lostEntries: () => jest.spyOn(registryRow, 'confirmRegistry').mockResolvedValue(undefined),
	signature: () => jest.spyOn(Stripe.webhooks.signature!, 'verifyHeader').mockReturnValue(true),
	signatureHeader: () =>
		jest
			.spyOn(signatureHeader, 'readSignatureHeader')
			.mockImplementation((text) => ({ text, signedAt: Math.floor(Date.now() / 1000) })),
	signatureAge: () => jest.spyOn(signatureHeader, 'isTooOld').mockReturnValue(false),
} satisfies Record<string, () => unknown>;

export type Guard = keyof typeof GUARDS;
