/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the outcome of SNP_DOWNLOAD_FIRMWARE_EX means to whoever uploaded the
 * image.  SNP firmware ABI (AMD 56860).  Pure functions on values.
 */
#ifndef SNP_PSP_UPLOAD_H
#define SNP_PSP_UPLOAD_H

#include <linux/errno.h>
#include <linux/firmware.h>
#include <linux/types.h>

#include <snp/fw.h>

/**
 * psp_upload_error() - the error of the firmware-upload interface
 * @err: what psp_download_firmware() returned, not 0
 * @status: firmware status, when @err is -EIO
 *
 * Return: the error.
 */
static inline enum fw_upload_err psp_upload_error(int err, u32 status)
{
	switch (err) {
	case -EINVAL:
		return FW_UPLOAD_ERR_INVALID_SIZE;
	case -ETIMEDOUT:
		return FW_UPLOAD_ERR_TIMEOUT;
	case -EBUSY:
		return FW_UPLOAD_ERR_BUSY;
	case -EIO:
		break;
	default:
		return FW_UPLOAD_ERR_RW_ERROR;
	}
	switch (status) {
	case SNP_FW_BAD_SIGNATURE:
	case SNP_FW_BAD_SVN:
	case SNP_FW_BAD_VERSION:
	case SNP_FW_INVALID_PARAM:
		/* FW_UPLOAD_ERR_FW_INVALID says it better, but older kernels lack it. */
		return FW_UPLOAD_ERR_RW_ERROR;
	case SNP_FW_INVALID_LEN:
		return FW_UPLOAD_ERR_INVALID_SIZE;
	case SNP_FW_SHUTDOWN_REQUIRED:
		return FW_UPLOAD_ERR_BUSY;
	}
	return FW_UPLOAD_ERR_HW_ERROR;
}

/**
 * psp_upload_hint() - what to do about it
 * @err: what psp_download_firmware() returned, not 0
 * @status: firmware status, when @err is -EIO
 *
 * Return: words.
 */
static inline const char *psp_upload_hint(int err, u32 status)
{
	if (err == -ENODEV)
		return "its registers are gone, or the system sleeps or goes down";
	if (err != -EIO)
		return "see the log before this";
	switch (status) {
	case SNP_FW_BAD_SIGNATURE:
		return "the image is not one for this processor";
	case SNP_FW_BAD_SVN:
	case SNP_FW_BAD_VERSION:
		return "the image is older than what has been committed";
	case SNP_FW_SHUTDOWN_REQUIRED:
		return "SNP has to be shut down first: reboot with the image in the BIOS";
	case SNP_FW_UPDATE_FAILED:
		return "the firmware before it still runs";
	case SNP_FW_RESTORE_REQUIRED:
		return "upload the committed image again";
	}
	return "update the BIOS";
}

#endif /* SNP_PSP_UPLOAD_H */
