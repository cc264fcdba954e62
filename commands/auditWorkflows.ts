#!/usr/bin/env node
/**
 * Finds places in exported workflows that can pay twice: `n8n-stripe-audit workflows.json …`. It sends no
 * requests and does not need n8n.
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { auditWorkflows } from './audit/audit';
import type { ExportedWorkflow } from './audit/exportedWorkflow';
import { readWorkflows } from './audit/exportedWorkflow';
import { writeAdopt } from './audit/conversionNote';
import { convertWorkflow } from './audit/convertWorkflow';
import type { Written } from './audit/report';
import { countFindings, writeReport } from './audit/report';
import { readJsonFile, UsageError, useFile } from './jsonFile';

const USAGE = `Finds the places in n8n workflows where a payment can be made twice, and says why.

  n8n-stripe-audit workflows.json folder/ …      files and folders, as n8n export:workflow writes them
  n8n export:workflow --all | n8n-stripe-audit -  or from another program

  --write FOLDER   also writes a converted copy of each workflow there, inactive, to be confirmed by a person
  --json           the report for programs
  --help           this page

It exits with 0 if nothing is found, with 1 if something is, and with 2 if it could not look.`;

function main(): number {
	const { places, json, write, help } = readCall();
	if (help || places.length === 0) {
		console.log(USAGE);
		return help ? 0 : 2;
	}
	const workflows = places.flatMap(readPlace);
	const audit = auditWorkflows(workflows);
	const written = write === undefined ? [] : writeConverted(workflows, write);
	console.log(json ? JSON.stringify({ ...audit, written }, null, 2) : writeReport(audit, written));
	return countFindings(audit.findings) > 0 ? 1 : 0;
}

interface Call {
	places: string[];
	json: boolean;
	write: string | undefined;
	help: boolean;
}

function readCall(): Call {
	try {
		const { positionals, values } = parseArgs({
			allowPositionals: true,
			options: {
				json: { type: 'boolean', default: false },
				write: { type: 'string' },
				help: { type: 'boolean', short: 'h', default: false },
			},
		});
		return { ...values, places: positionals, write: values.write };
	} catch (error) {
		throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
	}
}

/**
 * Reads a file, standard input, or every JSON file in a folder that holds workflows. A place without any workflow
 * is reported as a mistake.
 */
function readPlace(place: string): ExportedWorkflow[] {
	const workflows = listFiles(place).flatMap(([file, name]) => readWorkflows(readJsonFile(file, name)));
	if (workflows.length === 0) throw new UsageError(`There is no workflow in ${place}.`);
	return workflows;
}

function listFiles(place: string): [file: string | number, name: string][] {
	if (place === '-') return [[0, 'Standard input']];
	if (!useFile(place, () => statSync(place).isDirectory())) return [[place, place]];
	const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.json'),
	);
	return names.sort().map((name) => [join(place, name), join(place, name)]);
}

/** Never overwrites an existing file. */
function writeConverted(workflows: readonly ExportedWorkflow[], folder: string): Written[] {
	makeFolder(folder);
	return workflows.flatMap((workflow, n) => {
		const converted = convertWorkflow(workflow);
		if (!converted) return [];
		const file = join(folder, `${toFileName(workflow, n)}.json`);
		useFile(file, () =>
			writeFileSync(file, `${JSON.stringify(converted.workflow, null, 2)}\n`, { flag: 'wx' }),
		);
		const replaced = converted.replaced.map(({ node, proposedKey, remarks }) => ({
			node: node.name,
			keyFields: proposedKey,
			remarks,
		}));
		return [
			{
				workflow: workflow.name ?? '',
				file,
				replaced,
				left: converted.left,
				adopt: writeAdopt(converted.replaced),
			},
		];
	});
}

function makeFolder(folder: string): void {
	if (existsSync(folder) && !statSync(folder).isDirectory())
		throw new UsageError(`${folder} is not a folder. Choose one for --write.`);
	useFile(folder, () => mkdirSync(folder, { recursive: true }));
}

function toFileName({ id, name }: ExportedWorkflow, n: number): string {
	const words = (name ?? 'workflow')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, '-')
		.replace(/^-|-$/g, '');
	return `${words.slice(0, 60) || 'workflow'}-${String(id ?? n + 1).replace(/\W/g, '')}`;
}

try {
	process.exitCode = main();
} catch (error) {
	// Exit code 1 means that something was found.
	console.error(error instanceof UsageError ? error.message : error);
	process.exitCode = 2;
}
