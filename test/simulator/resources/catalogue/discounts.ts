import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../../errors';
import { getOwn } from '../../form';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

const COUPONS: Kept<Marked> = {
	path: '/v1/coupons',
	kind: 'coupon',
	storeOf: ({ world }) => world.other('coupons'),
};
const CODES: Kept<Code> = {
	path: '/v1/promotion_codes',
	kind: 'promotion code',
	storeOf: ({ world }) => world.other('promotion_codes'),
};

const COUPON_UPDATE: ParameterNames<Stripe.CouponUpdateParams> = [
	...(['currency_options', 'metadata', 'name'] as const),
	...ALWAYS_ALLOWED,
];
const COUPON_CREATE: ParameterNames<Stripe.CouponCreateParams> = [
	...(['amount_off', 'applies_to', 'currency', 'duration', 'duration_in_months', 'id'] as const),
	...(['max_redemptions', 'percent_off', 'redeem_by'] as const),
	...(['currency_options', 'metadata', 'name'] as const),
	...ALWAYS_ALLOWED,
];
const CODE_CREATE: ParameterNames<Stripe.PromotionCodeCreateParams> = [
	...(['active', 'code', 'customer', 'customer_account', 'expires_at', 'max_redemptions'] as const),
	...(['metadata', 'promotion', 'restrictions'] as const),
	...ALWAYS_ALLOWED,
];
const CODE_UPDATE: ParameterNames<Stripe.PromotionCodeUpdateParams> = [
	...(['active', 'metadata', 'restrictions'] as const),
	...ALWAYS_ALLOWED,
];

type Marked = SimulatedObject & { metadata: Record<string, string> };
interface Code extends Marked {
	active: boolean;
	code: string;
}

const CODE_FILTERS = { active: 'active', code: 'code', coupon: 'promotion.coupon', customer: 'customer' };

export const discountRoutes: readonly Route[] = [
	{ method: 'POST', path: COUPONS.path, parameters: COUPON_CREATE, prepare: createCoupon },
	...readsOf(COUPONS, {}),
	{ method: 'POST', path: `${COUPONS.path}/:id`, parameters: COUPON_UPDATE, prepare: updateCoupon },
	{ method: 'DELETE', path: `${COUPONS.path}/:id`, parameters: [], prepare: removeCoupon },
	{ method: 'POST', path: CODES.path, parameters: CODE_CREATE, prepare: createCode },
	...readsOf(CODES, CODE_FILTERS),
	{ method: 'POST', path: `${CODES.path}/:id`, parameters: CODE_UPDATE, prepare: updateCode },
];

function createCoupon(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const amount = given.readAmount(params, 'amount_off', given.readCurrency(params));
	const percent = given.readText(params, 'percent_off');
	if ((amount === undefined) === (percent === undefined)) {
		throw invalid(
			'percent_off',
			'You must pass either percent_off or amount_off, and not both.',
			'parameter_missing',
		);
	}
	if (percent !== undefined && !(Number(percent) > 0 && Number(percent) <= 100))
		throw invalid('percent_off', 'Invalid percent_off: must be between 0 and 100');
	if (amount !== undefined) given.requireText(params, 'currency');
	const duration = given.readChoice(params, 'duration', ['forever', 'once', 'repeating']) ?? 'once';
	const months = given.readInteger(params, 'duration_in_months') ?? null;
	if ((duration === 'repeating') !== (months !== null)) {
		throw invalid(
			'duration_in_months',
			'duration_in_months is required for, and only for, repeating coupons.',
		);
	}
	const ownId = given.readText(params, 'id');
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const id = ownId ?? state.newId('coupon').slice('coupon_'.length);
		const existing = COUPONS.storeOf(call).find(id);
		if (existing && existing.deleted !== true)
			throw unexpectedState('Coupon already exists.', 'resource_already_exists', { param: 'id' });
		const coupon = {
			id,
			object: 'coupon' as const,
			amount_off: amount ?? null,
			created: state.seconds(),
			currency: given.readCurrency(params) ?? null,
			duration,
			duration_in_months: months,
			livemode: state.livemode,
			max_redemptions: given.readInteger(params, 'max_redemptions') ?? null,
			metadata,
			name: given.readText(params, 'name') ?? null,
			percent_off: percent === undefined ? null : Number(percent),
			redeem_by: given.readInteger(params, 'redeem_by') ?? null,
			times_redeemed: 0,
			valid: true,
		} satisfies Shown<Omit<Stripe.Coupon, 'deleted' | 'applies_to' | 'currency_options'>, Marked>;
		return saveAndRecord(call, COUPONS, 'coupon.created', coupon);
	};
}

function updateCoupon(call: Call): () => RouteResult {
	const coupon = findKept(call, COUPONS);
	const metadata = given.readMetadata(call.params);
	return () => {
		showGiven(call, coupon, ['name']);
		coupon.metadata = given.mergeMetadata(coupon.metadata, metadata);
		return saveAndRecord(call, COUPONS, 'coupon.updated', coupon);
	};
}

/** Existing discounts keep the coupon, and its id may be used again. */
function removeCoupon(call: Call): () => RouteResult {
	return () => {
		const coupon = findKept(call, COUPONS);
		coupon.deleted = true;
		saveAndRecord(call, COUPONS, 'coupon.deleted', coupon);
		return { id: coupon.id, object: 'coupon', deleted: true };
	};
}

function createCode(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const promotion = given.readHash(params, 'promotion') ?? {};
	given.requireText(promotion, 'type');
	const couponId = given.requireText(promotion, 'coupon');
	const code = given.readText(params, 'code') ?? state.newId('code').slice(-8).toUpperCase();
	if (!/^[A-Za-z0-9-]+$/.test(code))
		throw invalid('code', 'Promotion codes can only contain alphanumeric characters and dashes.');
	const restrictions = given.readHash(params, 'restrictions') ?? {};
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const coupon = COUPONS.storeOf(call).find(couponId);
		if (!coupon || coupon.deleted === true) throw noSuch('coupon', couponId, 'promotion[coupon]', 400);
		refuseTakenCode(call, code);
		const promotionCode = {
			id: state.newId('promo'),
			object: 'promotion_code' as const,
			active: given.readFlag(params, 'active') ?? true,
			code,
			created: state.seconds(),
			customer: given.readText(params, 'customer') ?? null,
			customer_account: null,
			expires_at: given.readInteger(params, 'expires_at') ?? null,
			livemode: state.livemode,
			max_redemptions: given.readInteger(params, 'max_redemptions') ?? null,
			metadata,
			promotion: { coupon: couponId, type: 'coupon' },
			restrictions: {
				first_time_transaction: given.readFlag(restrictions, 'first_time_transaction') ?? false,
				minimum_amount: given.readInteger(restrictions, 'minimum_amount') ?? null,
				minimum_amount_currency: given.readText(restrictions, 'minimum_amount_currency') ?? null,
			},
			times_redeemed: 0,
		} satisfies Shown<Stripe.PromotionCode, Code>;
		return saveAndRecord(call, CODES, 'promotion_code.created', promotionCode);
	};
}

/** Codes are unique among active ones, case-insensitively. */
function refuseTakenCode(call: Call, code: string, own?: string): void {
	const isTaken = (other: Code) =>
		other.active && other.id !== own && other.code.toLowerCase() === code.toLowerCase();
	if (!CODES.storeOf(call).newestFirst().some(isTaken)) return;
	throw unexpectedState(
		'An active promotion code with `code: ' + code + '` already exists.',
		'resource_already_exists',
		{
			param: 'code',
		},
	);
}

function updateCode(call: Call): () => RouteResult {
	const promotionCode = findKept(call, CODES);
	const active = given.readFlag(call.params, 'active') ?? promotionCode.active;
	const metadata = given.readMetadata(call.params);
	return () => {
		if (active) refuseTakenCode(call, promotionCode.code, promotionCode.id);
		promotionCode.active = active;
		promotionCode.metadata = given.mergeMetadata(promotionCode.metadata, metadata);
		if (getOwn(call.params, 'restrictions') !== undefined)
			showGiven(call, promotionCode, ['restrictions']);
		return saveAndRecord(call, CODES, 'promotion_code.updated', promotionCode);
	};
}
