import '@mantine/dropzone/styles.css';
import { Stack, Text } from '@mantine/core';
import { Dropzone, type FileRejection } from '@mantine/dropzone';
import { useState } from 'react';
import { ProblemError } from '../../api/problem';
import { ProblemNote } from '../../feedback/problem-note';
import { uploadBytesMax, uploadTypes } from './upload';

interface Props {
  onFile: (file: File) => void;
  busy: boolean;
}

/** Drop a file, or press Enter to choose one. What can be refused without sending it is refused at once, with a reason. */
export function DropZone({ onFile, busy }: Props) {
  const [refused, setRefused] = useState<ProblemError | null>(null);
  return (
    <Stack gap="sm">
      {refused && <ProblemNote problem={refused} />}
      <Dropzone
        onDrop={([file]) => {
          setRefused(null);
          if (file) onFile(file);
        }}
        onReject={(rejections) => setRefused(refusalOf(rejections))}
        accept={uploadTypes}
        maxSize={uploadBytesMax}
        multiple={false}
        disabled={busy}
        loading={busy}
        inputProps={{ 'aria-label': 'Choose a document' }}
        aria-label="Drop a document here, or choose one"
        mih={120}
      >
        <Stack align="center" gap={4} justify="center" mih={88} style={{ pointerEvents: 'none' }}>
          <Text fw={600}>Drop a document here, or choose one</Text>
          <Text size="sm" c="dimmed" ta="center">
            PDF, TXT, MD, DOCX or HTML, up to 10 MB. It is read for you only.
          </Text>
        </Stack>
      </Dropzone>
    </Stack>
  );
}

/** In the words the service would use, had the file been sent. */
function refusalOf(rejections: FileRejection[]): ProblemError {
  const code = rejections[0]?.errors[0]?.code;
  const name = rejections[0]?.file.name ?? 'The file';
  if (code === 'file-too-large')
    return new ProblemError({
      status: 413,
      code: 'document_too_large',
      title: `${name} is larger than 10 MB. Split it or save it smaller.`,
    });
  if (code === 'too-many-files')
    return new ProblemError({ status: 400, code: 'invalid_request', title: 'Please add one document at a time.' });
  return new ProblemError({
    status: 415,
    code: 'document_type_unsupported',
    title: `${name} is of a kind we cannot read. Please send PDF, TXT, MD, DOCX or HTML.`,
  });
}
