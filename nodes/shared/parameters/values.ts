import { TOO_DEEP } from '../../../stripe/api/redact';
import { apiName } from './apiName';

export type Values = Record<string, unknown>;

/** More levels than any parameter of Stripe's API has. */
export const DEEPEST = 50;

/** Names as Stripe's API writes them; empty values are left out. */
export function snakeCased(values: Values): Values {
	const pairs = Object.entries(values).filter(([, value]) => filled(value));
	return Object.fromEntries(pairs.map(([name, value]) => [apiName(name), value]));
}

export function filled(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
}

/** The parts of a comma-separated text. */
export function listOf(value: unknown): string[] {
	return plain(value)
		.split(',')
		.map((part) => part.trim())
		.filter(Boolean);
}

export function isRecord(value: unknown): value is Values {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a person would have typed for it. */
export function plain(value: unknown): string {
	if (typeof value === 'string') return value;
	return value === undefined || value === null ? '' : jsonOf(value);
}

/** A value from outside as JSON. What no parameter can be, because it is nested too deeply, ends in words, not in a fault. */
export function jsonOf(value: unknown): string {
	return isNestedBeyond(DEEPEST, value) ? TOO_DEEP : JSON.stringify(value);
}

export function isNestedBeyond(levels: number, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return levels === 0 || Object.values(value).some((inner) => isNestedBeyond(levels - 1, inner));
}
