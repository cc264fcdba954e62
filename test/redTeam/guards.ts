import Stripe from 'stripe';

import * as budget from '../../ledger/rules/budget';
import * as killSwitch from '../../ledger/rules/killSwitch';
import * as reservation from '../../ledger/rules/reservation';
import * as token from '../../ledger/rules/token';
import * as keySecret from '../../ledger/identity/keySecret';
import * as policy from '../../ledger/rules/policy';
import { RESOURCES } from '../../nodes/IdempotencyRegistry/resources.ts';
import * as byModel from '../../nodes/shared/parameters/byModel';
import * as tokenRequest from '../../nodes/StripeIdempotent/token/tokenRequest';
import * as ids from '../../stripe/objects/ids';
import * as names from '../../stripe/api/parameterNames';
import * as redact from '../../stripe/api/redact';
import * as signatureHeader from '../../stripe/webhooks/signatureHeader';
import * as stripesOwn from '../../stripe/api/stripesOwn';

/**
 * Each guard of the package, and how to take it out for one test. What a try proves is worth nothing unless it gets through
 * where its guard is missing: then the guard is what has held it, and not a slip in the try.
 */
export const GUARDS = {
	/** What a claim with a token is held against: the reservation, its approval, its end. */
	reservation: () => jest.spyOn(token, 'barrierTo').mockReturnValue(undefined),
	stop: () => jest.spyOn(killSwitch, 'stopFor').mockReturnValue(undefined),
	/** Which reservation a person was asked about. */
	whatWasAsked: () => {
		const { approve } = reservation;
		jest.spyOn(reservation, 'approve').mockImplementation((standing, _asked, ...more) =>
			approve(standing, standing.reservation?.generationId ?? '', ...more),
		);
	},
	limits: () => {
		const { makeRoom, holdsAlready } = budget;
		const none = (limit: budget.Limit) => ({ ...limit, amount: undefined, count: undefined });
		jest.spyOn(budget, 'makeRoom').mockImplementation((standing, fates, asked, limit, ...more) =>
			makeRoom(standing, fates, asked, none(limit), ...more),
		);
		jest.spyOn(budget, 'holdsAlready').mockImplementation((standing, asked, limit) =>
			holdsAlready(standing, asked, none(limit)),
		);
	},
	/** What a person has denied or taken back. */
	decisions: () =>
		jest
			.spyOn(reservation, 'cancel')
			.mockImplementation((standing) => ({ kind: 'already', entry: standing })),
	/** What comes beside what was reserved. */
	besideToken: () => {
		jest.spyOn(tokenRequest, 'refuseBesideToken').mockImplementation(() => undefined);
		jest.spyOn(tokenRequest, 'refuseUnlikeToken').mockImplementation(() => undefined);
	},
	plainAmount: () => jest.spyOn(tokenRequest, 'isPlainAmount').mockReturnValue(true),
	policy: () => jest.spyOn(policy, 'violationOf').mockReturnValue(undefined),
	ids: () => jest.spyOn(ids, 'isStripeId').mockReturnValue(true),
	paths: () => jest.spyOn(ids, 'isApiPath').mockReturnValue(true),
	parameterNames: () => jest.spyOn(names, 'ambiguousName').mockReturnValue(undefined),
	secretsComeIn: () => jest.spyOn(redact, 'holdsSecret').mockReturnValue(false),
	secretsGoOut: () => {
		jest.spyOn(redact, 'withoutSecrets').mockImplementation((value) => value);
		jest.spyOn(redact, 'wordsWithoutSecrets').mockImplementation((words) => words);
	},
	modelsChoice: () => jest.spyOn(byModel, 'refuseByModel').mockImplementation(() => undefined),
	peoplesDecisions: () => {
		for (const operation of RESOURCES.flatMap((of) => of.operations)) {
			if (operation.decidedByPeople) jest.replaceProperty(operation, 'decidedByPeople', undefined);
		}
	},
	keySecret: () => jest.spyOn(keySecret, 'confirmKeySecret').mockResolvedValue(undefined),
	liveKeys: () => jest.spyOn(stripesOwn, 'isStripesOwn').mockReturnValue(true),
	signature: () => jest.spyOn(Stripe.webhooks.signature!, 'verifyHeader').mockReturnValue(true),
	signatureHeader: () =>
		jest
			.spyOn(signatureHeader, 'readSignatureHeader')
			.mockImplementation((text) => ({ text, signedAt: Math.floor(Date.now() / 1000) })),
	signatureAge: () => jest.spyOn(signatureHeader, 'isTooOld').mockReturnValue(false),
} satisfies Record<string, () => unknown>;

export type Guard = keyof typeof GUARDS;
