import type { Piece } from '../../nodes/shared/parameters/expression';
import {
	getWholeCode,
	hasCondition,
	isExpression,
	splitExpression,
} from '../../nodes/shared/parameters/expression';
import type { Branch, Tree } from './jsonTree';
import { listLeaves } from './jsonTree';

/** Thrown if a request cannot be expressed with our node. The message is the reason. */
export class CannotConvertError extends Error {}

/** Formats parameters as the text of a JSON parameter, with a leading equals sign if they contain expressions. */
export function toBodyText(tree: Tree): string {
	const hasCode = listLeaves(tree).some(({ value }) => isExpression(value));
	if (!hasCode) return JSON.stringify(tree, null, 2);
	return `=${writeBranch(tree, '')}`;
}

function writeBranch(branch: Branch, indent: string): string {
	const inner = `${indent}  `;
	if (Array.isArray(branch)) {
		const items = branch.map((item) => `${inner}${writeBranch(item, inner)}`);
		return `[\n${items.join(',\n')}\n${indent}]`;
	}
	if (typeof branch === 'object' && branch !== null) {
		const lines = Object.entries(branch).map(
			([name, value]) => `${inner}${JSON.stringify(name)}: ${writeBranch(value, inner)}`,
		);
		return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
	}
	return writeLeaf(branch);
}

function writeLeaf(value: string | number | boolean | null): string {
	if (!isExpression(value)) {
		const text = JSON.stringify(value);
		if (text.includes('{{'))
			throw new CannotConvertError('a fixed text contains braces that n8n would evaluate as code');
		return text;
	}
	const code = getWholeCode(value);
	if (code !== undefined && !hasCondition(code)) return `{{ JSON.stringify(${code}) }}`;
	const pieces = splitExpression(value);
	// Code that handles missing fields itself is left unchanged. Our node checks its result.
	if (pieces.some(({ kind, source }) => kind === 'code' && hasCondition(source)))
		return `"${pieces.map(quoteInText).join('')}"`;
	return `{{ JSON.stringify(${pieces.map(toOperand).join(' + ')}) }}`;
}

function quoteInText({ kind, source }: Piece): string {
	return kind === 'code' ? `{{${source}}}` : JSON.stringify(source).slice(1, -1);
}

function toOperand({ kind, source }: Piece): string {
	if (kind === 'text') return JSON.stringify(source);
	const code = source.trim();
	return /^[\w$.[\]"'?() -]+$/.test(code) ? code : `(${code})`;
}
