import '@mantine/dropzone/styles.css';
import { Stack, Text } from '@mantine/core';
import { Dropzone, type FileRejection } from '@mantine/dropzone';
import { useState } from 'react';
import { ProblemError } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { uploadBytesMax, uploadTypes } from './upload';

const filesMax = 20;

interface Props {
  onFiles: (files: File[]) => void;
  /** One file, and the next when it is done: `busy`. Left out, files are taken at any time, several at once. */
  single?: { busy: boolean };
}

/** Drop files, or press Enter to choose. What can be refused without sending it is refused at once, with a reason. */
export function DropZone({ onFiles, single }: Props) {
  const [refused, setRefused] = useState<ProblemError[]>([]);
  const words = single ? 'Drop a document here, or choose one' : 'Drop documents here, or choose some';
  return (
    <Stack gap="sm">
      {refused.map((problem) => (
        <ProblemNote key={problem.problem.title} problem={problem} />
      ))}
      <Dropzone
        onDrop={onFiles}
        onDropAny={(_files, rejections) => setRefused(refusalsOf(rejections, single ? 1 : filesMax))}
        accept={uploadTypes}
        maxSize={uploadBytesMax}
        multiple={!single}
        maxFiles={single ? 1 : filesMax}
        disabled={single?.busy}
        loading={single?.busy}
        inputProps={{ 'aria-label': single ? 'Choose a document' : 'Choose documents' }}
        aria-label={words}
        mih={120}
      >
        <Stack align="center" gap={4} justify="center" mih={88} style={{ pointerEvents: 'none' }}>
          <Text fw={600}>{words}</Text>
          <Text size="sm" c="dimmed" ta="center">
            PDF, TXT, MD, DOCX or HTML, up to 10 MB. It is read for you only.
          </Text>
        </Stack>
      </Dropzone>
    </Stack>
  );
}

/** In the words the service would use, had the files been sent. Too many at once is said once, and none is taken. */
function refusalsOf(rejections: FileRejection[], max: number): ProblemError[] {
  if (rejections.some(({ errors }) => errors.some(({ code }) => code === 'too-many-files')))
    return [
      new ProblemError({
        status: 400,
        code: 'invalid_request',
        title: `Those were too many at once. Please add ${max === 1 ? 'one document' : `at most ${max}`} at a time.`,
      }),
    ];
  return rejections.map(({ errors, file }) =>
    errors[0]?.code === 'file-too-large'
      ? new ProblemError({
          status: 413,
          code: 'document_too_large',
          title: `${file.name} is larger than 10 MB. Split it or save it smaller.`,
        })
      : new ProblemError({
          status: 415,
          code: 'document_type_unsupported',
          title: `${file.name} is of a kind we cannot read. Please send PDF, TXT, MD, DOCX or HTML.`,
        }),
  );
}
