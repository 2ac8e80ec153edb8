# escape=`
# gen:platform=windows/amd64
FROM mcr.microsoft.com/windows/nanoserver:ltsc2022
WORKDIR C:\app
COPY a.txt C:\app\
RUN dir
ENV A=b
WORKDIR sub
COPY a.txt .
