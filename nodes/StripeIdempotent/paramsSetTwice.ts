import { isDeepStrictEqual } from 'node:util';

import type { INodeProperties } from 'n8n-workflow';

import type { Param, Params } from '../../ledger/model/request';
import { toCanonicalParams } from '../../ledger/model/request';
import type { ParameterReader } from '../shared/parameters/parameterReader';
import { OTHER_PARAMETERS } from '../shared/parameters/parameterReader';
import { ItemError } from '../shared/run/error';
import type { StripeOperation } from './operations/operation';
import { findEditorField } from './parameterFaults';

/**
 * What Other Parameters say, and a field of its own says otherwise, or says in vain: which one is meant nobody can tell, and what a person has
 * fixed in a field nobody replaces by JSON, least of all a model.
 *
 * @throws ItemError
 */
export function refuseParamsSetTwice(operation: StripeOperation, read: ParameterReader): void {
	if (!operation.properties.some(({ name }) => name === 'additionalFields')) return;
	const names = Object.keys(read.json(OTHER_PARAMETERS));
	if (names.length === 0) return;
	const sent = toCanonicalParams({ ...operation.params?.(read) });
	for (const name of names) {
		const field = findEditorField(operation, name);
		const without = readWithout(name, operation, read);
		const own = without?.[name] ?? readSwitchedOff(field, read);
		if (own !== undefined && !isKept(own, sent[name]))
			throw buildError(read, name, `${field?.displayName ?? 'a field of its own'} says something else`);
		const dropped = Object.keys(without ?? {}).find((one) => one !== name && !(one in sent));
		if (dropped === undefined) continue;
		const label = findEditorField(operation, dropped)?.displayName ?? 'a field of its own';
		throw buildError(read, name, `with it ${label} would not be sent`);
	}
}

function buildError(read: ParameterReader, name: string, problem: string): ItemError {
	return read.buildError(OTHER_PARAMETERS, `has "${name}", and ${problem}`, 'Leave one of the two out.');
}

/** What would be sent if Other Parameters did not say it; undefined where something is missing then. */
function readWithout(name: string, operation: StripeOperation, read: ParameterReader): Params | undefined {
	try {
		return toCanonicalParams({ ...operation.params?.(read.leaveOut(name)) });
	} catch (error) {
		refuseUnexpected(error);
		return undefined;
	}
}

/** What is missing where it is left out, nothing else says. Whatever else is wrong is a fault of the program. */
function refuseUnexpected(error: unknown): void {
	if (!(error instanceof ItemError)) throw error;
}

/** A switch that is off is not sent, and means it. */
function readSwitchedOff(field: INodeProperties | undefined, read: ParameterReader): Param | undefined {
	return field?.type === 'boolean' && read.value(field.name) === false ? 'false' : undefined;
}

/** Whether what the field says is sent, whatever else stands beside it in an object. */
function isKept(own: Param, sent: Param | undefined): boolean {
	if (sent === undefined || !isObject(own) || !isObject(sent)) return isDeepStrictEqual(own, sent);
	return Object.entries(own).every(([name, value]) => isKept(value, sent[name]));
}

function isObject(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}
